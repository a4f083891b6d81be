package io.livepatch.storage.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import io.livepatch.storage.CacheConfig;
import io.livepatch.storage.HeldSource;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.Patches;
import io.livepatch.storage.RemotePatchStore;
import io.livepatch.storage.StorageConfig;
import io.livepatch.storage.filesystem.FilesystemPatchStore;
import io.livepatch.testing.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Caches of several worker processes, killed workers, and small disks. */
final class CacheProcessesIT {
    private static final int PATCHES = 8;
    private static final long LIMIT = 1 << 30;

    @TempDir
    private Path directory;

    private Patch first;

    @BeforeEach
    void storePatches() throws IOException {
        Files.createDirectory(cache());
        try (PatchStore store = store()) {
            for (int number = 0; number < PATCHES; number++) {
                Patches.put(store, Patches.name(number), Patches.bytes(CacheProcess.SIZE, number));
            }
            first = store.verify(Patches.name(0));
        }
    }

    private Path cache() {
        return directory.resolve("cache");
    }

    private PatchStore store() {
        return FilesystemPatchStore.open(new StorageConfig.Filesystem(directory.resolve("store"), "livepatch/0"));
    }

    private ChildJvm start(String command, Object... numbers) throws IOException {
        return start(List.of(), command, LIMIT, numbers);
    }

    private ChildJvm start(List<String> wrapper, String command, long limit, Object... numbers) throws IOException {
        List<Object> arguments = new ArrayList<>(List.of(command, directory.resolve("store"), cache(), limit));
        arguments.addAll(List.of(numbers));
        return ChildJvm.start(CacheProcess.class, wrapper, List.of(), arguments.toArray());
    }

    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.endsWith(".lock"))
                    .toList();
        }
    }

    @Test
    void concurrentWorkersReadEachPatchFromTheStoreOnce() throws IOException {
        List<ChildJvm> workers = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                workers.add(start("read", PATCHES, 50));
            }
            for (ChildJvm worker : workers) {
                worker.linesUpTo("open");
            }
            for (ChildJvm worker : workers) {
                worker.proceed();
            }
            int reads = 0;
            for (ChildJvm worker : workers) {
                reads += Integer.parseInt(worker.rest().getLast().substring("reads ".length()));
            }
            assertThat(reads).isEqualTo(PATCHES);
            assertThat(files(cache())).hasSize(PATCHES);
            assertThat(files(cache().resolve("incoming"))).isEmpty();
        } finally {
            workers.forEach(ChildJvm::close);
        }
    }

    @Test
    void waitingWorkerTakesOverTheFillOfAKilledOne() throws IOException {
        try (ChildJvm filling = start("slow");
                ChildJvm waiting = start("read", 1, 50)) {
            filling.linesUpTo("half");
            waiting.linesUpTo("open");
            waiting.proceed();
            filling.kill();

            assertThat(waiting.rest()).containsExactly("reads 1");
            assertThat(files(cache().resolve("incoming"))).isEmpty();
        }
    }

    @Test
    void stagedFileOfAKilledWorkerIsRemovedAndNotServed() throws IOException {
        try (ChildJvm killed = start("slow")) {
            killed.linesUpTo("half");
            killed.kill();
        }
        assertThat(files(cache().resolve("incoming"))).as("left").hasSize(1);
        assertThat(files(cache())).isEmpty();

        RemotePatchStore store = new RemotePatchStore(store());
        try (CachedPatchStore cache =
                CachedPatchStore.open(store, new CacheConfig(cache(), LIMIT, Duration.ofDays(30)))) {
            assertThat(files(cache().resolve("incoming"))).as("swept").isEmpty();
            assertThat(CacheFixture.read(cache, first)).isEqualTo(Patches.bytes(CacheProcess.SIZE, 0));
            assertThat(store.reads()).isEqualTo(1);
        }
    }

    @Test
    void stagedFileOfALiveWorkerIsNotRemoved() throws IOException {
        try (ChildJvm living = start("slow")) {
            living.linesUpTo("half");
            try (CachedPatchStore _ =
                    CachedPatchStore.open(store(), new CacheConfig(cache(), LIMIT, Duration.ofDays(30)))) {
                assertThat(files(cache().resolve("incoming"))).hasSize(1);
                living.proceed();
                assertThat(living.rest()).containsExactly("served file");
            }
        }
    }

    @Test
    void waitForAHangingWorkerTimesOut() throws IOException {
        CacheTimeouts shortSibling =
                new CacheTimeouts(Duration.ofMinutes(5), Duration.ofMillis(50), Duration.ofHours(1));
        try (ChildJvm hanging = start("slow")) {
            hanging.linesUpTo("half");
            try (CachedPatchStore cache = CachedPatchStore.open(
                    store(),
                    new CacheConfig(cache(), LIMIT, Duration.ofDays(30)),
                    InstantSource.system(),
                    shortSibling)) {
                assertThat(CacheFixture.read(cache, first)).isEqualTo(Patches.bytes(CacheProcess.SIZE, 0));
                hanging.proceed();
                assertThat(hanging.rest()).containsExactly("served file");
                assertThat(files(cache().resolve("incoming"))).isEmpty();
            }
        }
    }

    @Test
    void endOfAFillDoesNotReleaseOtherLocksOfItsProcess() throws Exception {
        HeldSource slow = new HeldSource(Patches.bytes(CacheProcess.SIZE, 0), 100_000);
        RemotePatchStore store = new RemotePatchStore(store());
        Patch second = store.verify(Patches.name(1));
        try (CachedPatchStore cache =
                        CachedPatchStore.open(store, new CacheConfig(cache(), LIMIT, Duration.ofDays(30)));
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            store.network(_ -> slow);
            Future<byte[]> filling = executor.submit(() -> CacheFixture.read(cache, first));
            slow.awaitReached();
            store.network(bytes -> bytes);
            CacheFixture.read(cache, second);

            try (ChildJvm sibling = start("lock")) {
                assertThat(sibling.rest()).containsExactly("open", "locked");
            }
            slow.release();
            assertThat(filling.get()).isEqualTo(Patches.bytes(CacheProcess.SIZE, 0));
            try (ChildJvm sibling = start("lock")) {
                assertThat(sibling.rest()).containsExactly("open", "free");
            }
        }
    }

    @Test
    void stagedFileOfASiblingCountsWithItsFinalSize() throws IOException {
        long limit = 2L * CacheProcess.SIZE - 1;
        try (ChildJvm living = start(List.of(), "slow", limit)) {
            living.linesUpTo("half");
            try (ChildJvm sibling = start(List.of(), "sizes", limit, CacheProcess.SIZE, 1000)) {
                assertOutput(sibling, "no room", "open", CacheProcess.SIZE + " stream", "1000 file", "evicted 0");
            }
        }
    }

    @Test
    void fullDiskEvictsOldEntriesForNewOnes() throws IOException {
        try (ChildJvm worker = onDisk("size=2m", "sizes", 800_000, 800_001, 800_002, 800_003)) {
            assertThat(worker.rest())
                    .containsExactly(
                            "open", "800000 file", "800001 file", "800002 file", "800003 file", "evicted 2", "left 0");
        }
    }

    @Test
    void patchThatDoesNotFitOnTheDiskIsStreamedAndEvictsNothing() throws IOException {
        try (ChildJvm worker = onDisk("size=2m", "sizes", 1_000_000, 3_000_000, 4_000_000, 1_000_000)) {
            assertOutput(
                    worker,
                    "no room",
                    "open",
                    "1000000 file",
                    "3000000 stream",
                    "4000000 stream",
                    "1000000 file",
                    "evicted 0",
                    "left 0");
        }
    }

    @Test
    void diskThatFillsUpDuringAFillDoesNotFailTheRequest() throws IOException {
        try (ChildJvm worker = onDisk("size=2m", "full")) {
            assertOutput(worker, "free some room", "open", "stream, 2 reads", "left 0");
        }
    }

    @Test
    void diskWithoutFreeInodesDoesNotFailTheRequest() throws IOException {
        // Four inodes: the root, .lock, incoming and one entry.
        try (ChildJvm worker = onDisk("size=2m,nr_inodes=4", "sizes", 1000, 1001)) {
            assertOutput(worker, "No space left", "open", "1000 file", "1001 stream", "evicted 0", "left 0");
        }
    }

    @Test
    void readOnlyDiskDoesNotFailTheRequest() throws IOException {
        try (ChildJvm worker = onDisk("ro", "sizes", 1000)) {
            assertOutput(worker, "Read-only file system", "open", "1000 stream", "evicted 0", "left 0");
        }
    }

    /** The output is these lines and exactly one warning, although each download had the same problem. */
    private static void assertOutput(ChildJvm worker, String warning, String... lines) throws IOException {
        Map<Boolean, List<String>> output =
                worker.rest().stream().collect(Collectors.partitioningBy(line -> line.contains(" WARN ")));
        assertThat(output.get(false)).containsExactly(lines);
        assertThat(output.get(true)).singleElement(STRING).contains(warning);
    }

    /** Runs the process with a tmpfs on the cache's directory, in a mount namespace, which needs no root. */
    private ChildJvm onDisk(String options, String command, Object... sizes) throws IOException {
        String script = "mount -t tmpfs -o " + options + " none '" + cache() + "' && \"$@\" && echo left $(find '"
                + cache() + "/incoming' -mindepth 1 2>&- | wc -l)";
        return start(List.of("unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh"), command, LIMIT, sizes);
    }
}
