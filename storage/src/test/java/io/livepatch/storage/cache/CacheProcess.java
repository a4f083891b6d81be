package io.livepatch.storage.cache;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.livepatch.storage.CacheConfig;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.Patches;
import io.livepatch.storage.RemotePatchStore;
import io.livepatch.storage.Sha256;
import io.livepatch.storage.StorageConfig;
import io.livepatch.storage.filesystem.FilesystemPatchStore;
import java.io.BufferedReader;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** A worker process with a cache that it shares with other workers; prints its progress line by line. */
final class CacheProcess {
    /** Larger than the buffers between store and cache. */
    static final int SIZE = 1 << 18;

    private final CachedPatchStore cache;
    private final RemotePatchStore store;
    private final BufferedReader input = new BufferedReader(new InputStreamReader(System.in, UTF_8));

    private CacheProcess(CachedPatchStore cache, RemotePatchStore store) {
        this.cache = cache;
        this.store = store;
    }

    /** {@code <command> <store> <cache> <size of the cache> [numbers]}; prints {@code open}. */
    public static void main(String[] arguments) throws Exception {
        PatchStore files =
                FilesystemPatchStore.open(new StorageConfig.Filesystem(Path.of(arguments[1]), "livepatch/0"));
        RemotePatchStore store = new RemotePatchStore(files);
        CacheConfig config = new CacheConfig(Path.of(arguments[2]), Long.parseLong(arguments[3]), Duration.ofDays(30));
        try (CachedPatchStore cache = CachedPatchStore.open(store, config)) {
            print("open");
            new CacheProcess(cache, store).run(List.of(arguments));
        }
    }

    private void run(List<String> arguments) throws Exception {
        switch (arguments.getFirst()) {
            case "read" -> readAll(Integer.parseInt(arguments.get(4)), Integer.parseInt(arguments.get(5)));
            case "lock" -> lock(new CacheDirectory(Path.of(arguments.get(2))));
            case "slow" -> slow();
            case "full" -> fillDisk(Path.of(arguments.get(2)).resolve("ballast"));
            case "sizes" -> sizes(arguments.subList(4, arguments.size()));
            default -> throw new IllegalArgumentException(arguments.toString());
        }
    }

    /** Reads patches, each from several threads, after a line of input; prints how often it read the store. */
    private void readAll(int patches, int threads) throws Exception {
        List<Patch> wanted = new ArrayList<>();
        for (int number = 0; number < patches; number++) {
            wanted.add(patch(number, SIZE));
        }
        input.readLine();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> answers = new ArrayList<>();
            for (int thread = 0; thread < threads; thread++) {
                wanted.forEach(patch -> answers.add(executor.submit(() -> read(patch))));
            }
            for (Future<?> answer : answers) {
                answer.get();
            }
        }
        print("reads " + store.reads());
    }

    /** Prints whether the digest of the first patch is locked. */
    private static void lock(CacheDirectory directory) throws IOException {
        try (ProcessLocks processLocks = ProcessLocks.open(directory.lockFile())) {
            print(processLocks.tryLock(Patches.sha256(SIZE, 0)).isPresent() ? "free" : "locked");
        }
    }

    /** Reads the first patch, and pauses in the middle until a line of input. */
    private void slow() throws Exception {
        store.network(bytes -> new PausingStream(bytes));
        print("served " + read(patch(0, SIZE)));
    }

    /** Reads the first patch, and fills the cache's disk after its free space has been measured. */
    private void fillDisk(Path ballast) throws IOException {
        store.network(bytes -> {
            try (OutputStream file = Files.newOutputStream(ballast)) {
                while (true) {
                    file.write(new byte[4096]);
                }
            } catch (IOException e) {
                return bytes;
            }
        });
        print(read(patch(0, SIZE)) + ", " + store.reads() + " reads");
    }

    /** Reads patches of these sizes, and prints whether each was served from a file or a stream. */
    private void sizes(List<String> sizes) throws IOException {
        for (String size : sizes) {
            Patch patch = patch(Integer.parseInt(size), Integer.parseInt(size));
            Patches.put(cache, patch.name(), Patches.bytes((int) patch.size(), patch.size()));
            print(size + " " + read(patch));
        }
        print("evicted " + cache.statistics().evictions());
    }

    private static Patch patch(int number, int size) {
        return new Patch(Patches.name(number), size, Patches.sha256(size, number));
    }

    private String read(Patch patch) throws IOException {
        try (PatchContent content = cache.open(patch).orElseThrow();
                InputStream bytes = content.read(0, patch.size())) {
            if (!Sha256.of(bytes).equals(patch.sha256())) {
                throw new IllegalStateException("wrong bytes of " + patch);
            }
            return content instanceof PatchContent.LocalFile ? "file" : "stream";
        }
    }

    private static void print(String line) {
        System.out.println(line);
        System.out.flush();
    }

    private final class PausingStream extends FilterInputStream {
        private int left = SIZE / 2;

        PausingStream(InputStream bytes) {
            super(bytes);
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (left <= 0) {
                print("half");
                input.readLine();
                left = Integer.MAX_VALUE;
            }
            int read = super.read(target, offset, length);
            left -= read;
            return read;
        }
    }
}
