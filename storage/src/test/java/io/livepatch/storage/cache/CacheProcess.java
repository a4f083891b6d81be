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

/** A worker of the unit with a cache in front of a store that it shares with its siblings; says what it does, in lines. */
final class CacheProcess {
    /** Larger than what is held by buffers on the way. */
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
            say("open");
            new CacheProcess(cache, store).run(List.of(arguments));
        }
    }

    private void run(List<String> arguments) throws Exception {
        switch (arguments.getFirst()) {
            case "ask" -> ask(Integer.parseInt(arguments.get(4)), Integer.parseInt(arguments.get(5)));
            case "claim" -> claim(new CacheDirectory(Path.of(arguments.get(2))));
            case "slow" -> slow();
            case "crowded" -> crowded(Path.of(arguments.get(2)).resolve("ballast"));
            case "sizes" -> sizes(arguments.subList(4, arguments.size()));
            default -> throw new IllegalArgumentException(arguments.toString());
        }
    }

    /** Asks for patches, each from several threads, when it is told to; tells how often it read the store. */
    private void ask(int patches, int threads) throws Exception {
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
        say("reads " + store.reads());
    }

    /** Tells whether somebody else is filling the first patch. */
    private static void claim(CacheDirectory directory) throws IOException {
        try (ProcessLocks processLocks = ProcessLocks.open(directory.lockFile())) {
            say(processLocks.claim(Patches.sha256(SIZE, 0)).isPresent() ? "free" : "taken");
        }
    }

    /** Asks for the first patch and stops in the middle of it until it is told to go on. */
    private void slow() throws Exception {
        store.network(bytes -> new Stopping(bytes));
        say("served " + read(patch(0, SIZE)));
    }

    /** Asks for the first patch, and takes all room on the cache's disk once it has been found to have enough. */
    private void crowded(Path ballast) throws IOException {
        store.network(bytes -> {
            try (OutputStream file = Files.newOutputStream(ballast)) {
                while (true) {
                    file.write(new byte[4096]);
                }
            } catch (IOException e) {
                return bytes;
            }
        });
        say(read(patch(0, SIZE)) + ", " + store.reads() + " reads");
    }

    /** Asks for patches of these sizes, and tells what came of each. */
    private void sizes(List<String> sizes) throws IOException {
        for (String size : sizes) {
            Patch patch = patch(Integer.parseInt(size), Integer.parseInt(size));
            Patches.put(cache, patch.name(), Patches.bytes((int) patch.size(), patch.size()));
            say(size + " " + read(patch));
        }
        say("evicted " + cache.figures().evictions());
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

    private static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    private final class Stopping extends FilterInputStream {
        private int left = SIZE / 2;

        Stopping(InputStream bytes) {
            super(bytes);
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (left <= 0) {
                say("half");
                input.readLine();
                left = Integer.MAX_VALUE;
            }
            int read = super.read(target, offset, length);
            left -= read;
            return read;
        }
    }
}
