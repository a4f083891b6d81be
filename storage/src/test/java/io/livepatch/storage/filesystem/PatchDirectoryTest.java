package io.livepatch.storage.filesystem;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.storage.FailingSource;
import io.livepatch.storage.HeldSource;
import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.Patches;
import io.livepatch.storage.Sha256;
import io.livepatch.storage.StorageConfig;
import io.livepatch.storage.StoreException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The store's directory: its layout, foreign files, and files left by crashes. */
final class PatchDirectoryTest {
    private static final PatchName NAME = Patches.name(0);
    private static final byte[] BYTES = Patches.bytes(100_000, 1);
    private static final String DIGEST = Sha256.of(BYTES).hex();

    @TempDir
    private Path parent;

    private Path root() {
        return parent.resolve("var/lib/patches");
    }

    private PatchStore open() {
        return FilesystemPatchStore.open(new StorageConfig.Filesystem(root(), "livepatch/0"));
    }

    @Test
    void patchIsADirectoryWithOneFileNamedByItsDigest() {
        try (PatchStore store = open()) {
            Patches.put(store, NAME, BYTES);
        }

        assertThat(root().resolve(NAME.fileName()).resolve(DIGEST)).hasBinaryContent(BYTES);
    }

    @Test
    void failedPutsLeaveNothing() throws IOException {
        try (PatchStore store = open()) {
            assertThatThrownBy(() -> store.put(NAME, new FailingSource(BYTES), Sha256.of(BYTES)))
                    .isInstanceOf(StoreException.SourceFailed.class);
            assertThatThrownBy(() -> store.put(NAME, InputStream.nullInputStream(), Sha256.of(BYTES)))
                    .isInstanceOf(StoreException.DigestMismatch.class);
            assertThatThrownBy(() -> store.put(NAME, new ThrowingSource(), Sha256.of(BYTES)))
                    .isInstanceOf(IllegalStateException.class);

            assertThat(entries(root().resolve("incoming"))).isEmpty();
            assertThat(entries(root())).containsExactlyInAnyOrder(".lock", "incoming");
        }
    }

    @Test
    void stagedFilesOfACrashedPutAreRemovedAtOpen() throws IOException {
        open().close();
        Path incoming = root().resolve("incoming");
        Files.createDirectory(incoming.resolve("0-1"));
        Files.createDirectory(incoming.resolve("7-12"));
        Files.writeString(incoming.resolve("7-12").resolve(DIGEST), "a part", UTF_8);
        Files.createDirectory(incoming.resolve("9999-1"));

        try (PatchStore store = open()) {
            assertThat(entries(incoming)).isEmpty();
            assertThat(Patches.put(store, NAME, BYTES).created()).isTrue();
        }
    }

    @Test
    void emptyDirectoryOfACrashedDeleteIsNoPatchAndDoesNotPreventAPut() throws IOException {
        Files.createDirectories(root().resolve(NAME.fileName()));

        try (PatchStore store = open();
                Stream<PatchName> names = store.list()) {
            assertThat(names).isEmpty();
            assertThat(store.open(NAME)).isEmpty();
            assertThat(Patches.put(store, NAME, BYTES).created()).isTrue();
            assertThat(Patches.read(store, NAME)).isEqualTo(BYTES);
        }
    }

    @Test
    void foreignFilesAreNotListed() throws IOException {
        try (PatchStore store = open()) {
            Patches.put(store, NAME, BYTES);
            Files.writeString(root().resolve("README"), "notes", UTF_8);
            Files.write(root().resolve(Patches.name(1).fileName()), BYTES);
            Path junk = Files.createDirectory(root().resolve(Patches.name(2).fileName()));
            Files.writeString(junk.resolve("notes"), "notes", UTF_8);
            Files.createDirectory(junk.resolve(DIGEST));
            Files.createDirectory(root().resolve("lost+found"));

            try (Stream<PatchName> names = store.list()) {
                assertThat(names).containsExactly(NAME);
            }
            assertThat(store.open(Patches.name(1))).isEmpty();
            assertThat(store.open(Patches.name(2))).isEmpty();
        }
    }

    @Test
    void foreignFileUnderAPatchsNameIsNamedAndKept() throws IOException {
        try (PatchStore store = open()) {
            Path foreign = root().resolve(NAME.fileName());
            Files.write(foreign, BYTES);

            assertThatThrownBy(() -> Patches.put(store, NAME, BYTES))
                    .isInstanceOf(StoreException.Unavailable.class)
                    .hasMessageContainingAll(foreign.toString(), "exists and is not a patch", "move it away");
            assertThat(foreign).hasBinaryContent(BYTES);
            assertThat(entries(root().resolve("incoming"))).isEmpty();
        }
    }

    @Test
    void listIsOrderedAndChecksEachPatchLazily() throws IOException {
        try (PatchStore store = open()) {
            List<PatchName> all =
                    IntStream.range(0, 1_000).mapToObj(Patches::name).toList();
            for (PatchName name : all) {
                Path patch = Files.createDirectory(root().resolve(name.fileName()));
                Files.createFile(patch.resolve(DIGEST));
            }

            try (Stream<PatchName> names = store.list()) {
                Iterator<PatchName> listed = names.iterator();
                assertThat(listed.next()).isEqualTo(all.getFirst());
                store.delete(all.getLast());
                assertThat(listed).toIterable().isEqualTo(all.subList(1, all.size() - 1));
            }
        }
    }

    @Test
    void truncatedFileFailsReadersAndVerification() throws IOException {
        try (PatchStore store = open()) {
            Patches.put(store, NAME, BYTES);
            try (PatchContent content = store.open(NAME).orElseThrow()) {
                Path file = ((PatchContent.LocalFile) content).path();
                try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                    channel.truncate(1000);
                }
                try (InputStream bytes = content.read(0, BYTES.length)) {
                    assertThatThrownBy(bytes::readAllBytes)
                            .isInstanceOf(EOFException.class)
                            .hasMessageContainingAll(file.toString(), "cut short");
                }
            }
            assertThatThrownBy(() -> store.verify(NAME)).isInstanceOf(StoreException.Corrupt.class);
        }
    }

    @Test
    void unmountedDirectoryIsUnavailableAndNotEmpty() throws IOException {
        try (PatchStore store = open()) {
            Patches.put(store, NAME, BYTES);
            Path elsewhere = Files.move(root(), parent.resolve("elsewhere"));
            // As after an unmount: the mount point exists, but without the store.
            Files.createDirectories(root().resolve("incoming"));

            assertThat(store.check().problem())
                    .hasValueSatisfying(problem -> assertThat(problem).contains(root().toString(), "unmounted"));
            for (Runnable use : List.<Runnable>of(
                    () -> store.open(NAME),
                    store::list,
                    () -> store.delete(NAME),
                    () -> store.verify(NAME),
                    () -> Patches.put(store, NAME, BYTES))) {
                assertThatThrownBy(use::run)
                        .isInstanceOf(StoreException.Unavailable.class)
                        .hasMessageContaining(root().toString());
            }

            Files.delete(root().resolve("incoming"));
            Files.delete(root());
            Files.move(elsewhere, root());
            assertThat(store.check()).isEqualTo(PatchStore.StoreHealth.OK);
            assertThat(Patches.read(store, NAME)).isEqualTo(BYTES);
        }
    }

    @Test
    void fileAtTheDirectorysPathIsRefused() throws IOException {
        Path file = Files.createFile(parent.resolve("patches"));

        assertThatThrownBy(() -> FilesystemPatchStore.open(new StorageConfig.Filesystem(file, "livepatch/0")))
                .isInstanceOf(StoreException.Unavailable.class)
                .hasMessageContaining(file.toString());
    }

    @Test
    void otherUnitInTheSameProcessIsRefused() {
        try (PatchStore store = open()) {
            assertThatThrownBy(() -> FilesystemPatchStore.open(new StorageConfig.Filesystem(root(), "livepatch/1")))
                    .isInstanceOf(StoreException.Locked.class)
                    .hasMessageContainingAll(
                            root().toString(), "livepatch/0", "livepatch/1", "patch-storage.type", "storage migrate");
            Patches.put(store, NAME, BYTES);
        }
    }

    @Test
    void storeClosedDuringAPutKeepsTheLockUntilThePutEnds() throws Exception {
        HeldSource slow = new HeldSource(BYTES, 50_000);
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            PatchStore store = open();
            Future<?> put = executor.submit(() -> store.put(NAME, slow, Sha256.of(BYTES)));
            try {
                slow.awaitReached();
                store.close();
                assertThatThrownBy(() -> FilesystemPatchStore.open(new StorageConfig.Filesystem(root(), "livepatch/1")))
                        .isInstanceOf(StoreException.Locked.class);
            } finally {
                slow.release();
            }
            put.get();
        }
        try (PatchStore other = FilesystemPatchStore.open(new StorageConfig.Filesystem(root(), "livepatch/1"))) {
            assertThat(Patches.read(other, NAME)).isEqualTo(BYTES);
        }
    }

    @Test
    void invalidOwnerIsRefused() {
        for (String owner : List.of("", " ", "livepatch/0\n", "a".repeat(101))) {
            assertThatThrownBy(() -> new StorageConfig.Filesystem(root(), owner))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static List<String> entries(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.map(entry -> entry.getFileName().toString()).toList();
        }
    }

    private static final class ThrowingSource extends InputStream {
        @Override
        public int read() {
            throw new IllegalStateException("bug in the source");
        }

        @Override
        public int read(byte[] target, int offset, int length) {
            return read();
        }
    }
}
