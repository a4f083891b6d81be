package io.livepatch.storage.postgres;

import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.Patches;
import io.livepatch.storage.Sha256;
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
 * How large chunks should be, and how many to fetch at once: times of putting and reading, as ratios to those of the defaults in the
 * same round, medians of all rounds. Run by {@code scripts/bench postgres}.
 */
final class ChunkBench {
    private static final int KIB = 1024;
    private static final List<Integer> CHUNKS = List.of(64 * KIB, 128 * KIB, 256 * KIB, 512 * KIB, 1024 * KIB);
    private static final List<Integer> AHEAD = List.of(0, 1024 * KIB, 4096 * KIB);

    /** Patches of one size, so many a round that it takes long enough to be measured. */
    private record Load(int size, int count) {}

    private static final List<Load> LOADS = List.of(
            new Load(64 * KIB, 40), new Load(1024 * KIB, 10), new Load(5 * 1024 * KIB, 4), new Load(65536 * KIB, 1));

    private final PostgresPlace place;
    private final Map<String, List<List<Double>>> times = new LinkedHashMap<>();
    private int names;

    private ChunkBench(PostgresPlace place) {
        this.place = place;
    }

    /** {@code [rounds]}. */
    public static void main(String[] arguments) throws Exception {
        int rounds = arguments.length == 0 ? 5 : Integer.parseInt(arguments[0]);
        Path spool = Files.createTempDirectory("livepatch-spool");
        try (PostgresServer server = PostgresServer.start();
                PostgresPlace place = TestDatabase.on(server).place(spool)) {
            ChunkBench bench = new ChunkBench(place);
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
        return PostgresPatchStore.open(place.config(), new Chunking(chunk, ahead));
    }

    private static void read(PatchStore store, PatchName name) throws IOException {
        try (PatchContent content = store.open(name).orElseThrow();
                InputStream bytes = content.read(0, content.patch().size())) {
            bytes.transferTo(OutputStream.nullOutputStream());
        }
    }

    private interface Step {
        void on(PatchName name) throws IOException;
    }

    private void time(int load, String what, List<PatchName> patches, Step step) throws IOException {
        long begin = System.nanoTime();
        for (PatchName name : patches) {
            step.on(name);
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

    /** The time of the defaults, and of all others the ratio to it. */
    private String cell(String what, List<Double> ours, int load) {
        String size = what.substring(0, 5) + Chunking.DEFAULT.size() / KIB;
        String yardstick = what.startsWith("put") ? size : size + " ahead " + Chunking.DEFAULT.ahead() / KIB;
        if (what.equals(yardstick)) {
            return "%.1f ms".formatted(median(ours));
        }
        List<Double> theirs = times.get(yardstick).get(load);
        return "%.2f"
                .formatted(median(IntStream.range(0, ours.size())
                        .mapToObj(i -> ours.get(i) / theirs.get(i))
                        .toList()));
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
    }
}
