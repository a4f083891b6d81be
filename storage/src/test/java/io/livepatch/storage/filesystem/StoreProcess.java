package io.livepatch.storage.filesystem;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.livepatch.storage.HeldSource;
import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.Patches;
import io.livepatch.storage.Sha256;
import io.livepatch.storage.StorageConfig;
import io.livepatch.storage.StoreException;
import java.io.BufferedReader;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** A program that uses a store and prints its progress: the other process in tests of several. */
final class StoreProcess {
    static final int STORM_SIZE = 1 << 20;

    private final PatchStore store;
    private final BufferedReader input = new BufferedReader(new InputStreamReader(System.in, UTF_8));

    private StoreProcess(PatchStore store) {
        this.store = store;
    }

    /** {@code <command> <directory> <owner> [numbers]}; prints {@code open}, or {@code <Exception>: <message>}. */
    public static void main(String[] arguments) throws Exception {
        try (PatchStore store =
                FilesystemPatchStore.open(new StorageConfig.Filesystem(Path.of(arguments[1]), arguments[2]))) {
            print("open");
            new StoreProcess(store).run(List.of(arguments));
        } catch (StoreException e) {
            print(e.getClass().getSimpleName() + ": " + e.getMessage());
        }
    }

    private void run(List<String> arguments) throws Exception {
        switch (arguments.getFirst()) {
            case "hold" -> input.readLine();
            case "slow" -> slow(Integer.parseInt(arguments.get(3)));
            case "storm" -> storm();
            case "race" -> race(Integer.parseInt(arguments.get(3)), Long.parseLong(arguments.get(4)));
            case "stream" -> stream(Long.parseLong(arguments.get(3)));
            default -> throw new IllegalArgumentException(arguments.toString());
        }
    }

    /** Puts a patch, and pauses in the middle until a line of input. */
    private void slow(int number) throws Exception {
        byte[] bytes = Patches.bytes(200_000, number);
        HeldSource source = new HeldSource(bytes, 100_000);
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> put = executor.submit(() -> store.put(Patches.name(number), source, Sha256.of(bytes)));
            source.awaitReached();
            print("half");
            input.readLine();
            source.release();
            put.get();
            print("stored");
        }
    }

    /** Puts patches until it is killed, and prints its progress. */
    private void storm() throws IOException {
        for (int number = 0; number < 10_000; number++) {
            Sha256 sha256 = Patches.sha256(STORM_SIZE, number);
            try (InputStream source = new PrintingSource(Patches.source(STORM_SIZE, number))) {
                store.put(Patches.name(number), source, sha256);
            }
            print("stored " + number);
        }
    }

    /** Puts its own bytes under names to which other processes put too. */
    private void race(int names, long seed) throws IOException {
        input.readLine();
        for (int number = 0; number < names; number++) {
            PatchName name = Patches.name(number);
            try {
                Patches.put(store, name, Patches.bytes(10_000, seed + number));
                print("won " + number);
            } catch (StoreException.Conflict e) {
                print("lost " + number);
            }
        }
    }

    /** Puts, reads and verifies a patch of any size. */
    private void stream(long size) throws IOException {
        PatchName name = Patches.name(0);
        Sha256 sha256 = Patches.sha256(size, 1);
        try (InputStream source = Patches.source(size, 1)) {
            print("stored " + store.put(name, source, sha256).patch().size());
        }
        try (PatchContent content = store.open(name).orElseThrow();
                InputStream bytes = content.read(0, size)) {
            print("read " + Sha256.of(bytes));
        }
        print("verified " + store.verify(name).sha256());
    }

    private static void print(String line) {
        System.out.println(line);
        System.out.flush();
    }

    private static final class PrintingSource extends FilterInputStream {
        private int chunk;

        PrintingSource(InputStream source) {
            super(source);
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int read = super.read(target, offset, length);
            print(read < 0 ? "end" : "chunk " + chunk++);
            return read;
        }
    }
}
