package io.livepatch.storage.postgres;

import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.Patches;
import io.livepatch.storage.Sha256;
import io.livepatch.storage.postgres.PostgresPatchStore.Chunking;
import io.livepatch.testing.PostgresServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Compares chunk sizes and read-ahead: times of puts and reads as ratios to those of the defaults in the same round, median of all
 * rounds. Run by {@code scripts/bench postgres}.
 */
final class ChunkBench {
    private static final int KIB = 1024;
    private static final List<Integer> CHUNKS = List.of(64 * KIB, 128 * KIB, 256 * KIB, 512 * KIB, 1024 * KIB);
    private static final List<Integer> AHEAD = List.of(0, 1024 * KIB, 4096 * KIB);

    /** Patches of one size, and how many of them a round needs to take long enough to be measured. */
    private record Load(int size, int count) {}

    private static final List<Load> LOADS = List.of(
            new Load(64 * KIB, 40), new Load(1024 * KIB, 10), new Load(5 * 1024 * KIB, 4), new Load(65536 * KIB, 1));

    private final PooledDatabase pool;
    private final Map<String, List<List<Double>>> times = new LinkedHashMap<>();
    private int names;

    private ChunkBench(PooledDatabase pool) {
        this.pool = pool;
    }

    /** {@code [rounds]}. */
    public static void main(String[] arguments) throws Exception {
        int rounds = arguments.length == 0 ? 5 : Integer.parseInt(arguments[0]);
        Path spool = Files.createTempDirectory("livepatch-spool");
        try (PostgresServer server = PostgresServer.start();
                PooledDatabase pool = TestDatabase.on(server).pool(spool)) {
            ChunkBench bench = new ChunkBench(pool);
            bench.round();
            bench.times.clear();
            for (int i = 0; i < rounds; i++) {
                bench.round();
            }
            bench.print();
        } finally {
            Files.delete(spool);
        }
    }

    private void round() throws IOException {
        for (int load = 0; load < LOADS.size(); load++) {
            for (int chunk : CHUNKS) {
                measure(load, chunk);
            }
        }
    }

    private void measure(int index, int chunk) throws IOException {
        Load load = LOADS.get(index);
        List<PatchName> patches = IntStream.range(0, load.count())
                .mapToObj(_ -> Patches.name(names++))
                .toList();
        Sha256 sha256 = Patches.sha256(load.size(), 1);
        PatchStore store = open(chunk, 0);
        time(index, "put  " + chunk / KIB, patches, name -> {
            try (InputStream source = Patches.source(load.size(), 1)) {
                store.put(name, source, sha256);
            }
        });
        for (int ahead :
                AHEAD.stream().map(bytes -> Math.max(bytes, chunk)).distinct().toList()) {
            PatchStore reader = open(chunk, ahead);
            time(index, "read " + chunk / KIB + " ahead " + ahead / KIB, patches, name -> read(reader, name));
        }
        patches.forEach(store::delete);
    }

    private PatchStore open(int chunk, int ahead) {
        return PostgresPatchStore.open(pool.config(), new Chunking(chunk, ahead));
    }

    private static void read(PatchStore store, PatchName name) throws IOException {
        try (PatchContent content = store.open(name).orElseThrow();
                InputStream bytes = content.read(0, content.patch().size())) {
            bytes.transferTo(OutputStream.nullOutputStream());
        }
    }

    private interface Operation {
        void run(PatchName name) throws IOException;
    }

    private void time(int load, String what, List<PatchName> patches, Operation operation) throws IOException {
        long begin = System.nanoTime();
        for (PatchName name : patches) {
            operation.run(name);
        }
        double millis = (System.nanoTime() - begin) / 1e6 / patches.size();
        times.computeIfAbsent(
                        what,
                        _ -> Stream.generate(() -> (List<Double>) new ArrayList<Double>())
                                .limit(LOADS.size())
                                .toList())
                .get(load)
                .add(millis);
    }

    private void print() {
        System.out.printf("%-22s", "KiB");
        LOADS.forEach(load -> System.out.printf("%10d", load.size() / KIB));
        System.out.println();
        times.forEach((what, measured) -> {
            System.out.printf("%-22s", what);
            for (int load = 0; load < LOADS.size(); load++) {
                System.out.printf("%10s", cell(what, measured.get(load), load));
            }
            System.out.println();
        });
    }

    /** The time for the defaults; for all others the ratio to it. */
    private String cell(String what, List<Double> measured, int load) {
        String size = what.substring(0, 5) + Chunking.DEFAULT.chunkSize() / KIB;
        String baseline = what.startsWith("put") ? size : size + " ahead " + Chunking.DEFAULT.readAhead() / KIB;
        if (what.equals(baseline)) {
            return "%.1f ms".formatted(median(measured));
        }
        List<Double> defaults = times.get(baseline).get(load);
        return "%.2f"
                .formatted(median(IntStream.range(0, measured.size())
                        .mapToObj(i -> measured.get(i) / defaults.get(i))
                        .toList()));
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
    }
}
