package io.livepatch.supervisor.config;

import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.LogSpec;
import io.livepatch.supervisor.PoolSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Checks that files and directories can be written, and that no two pools write to the same ones. */
record PathCheck(Diagnostic.Collector diagnostics) {

    void check(SupervisorConfig config) {
        Map<Path, String> outputs = new HashMap<>();
        Map<Path, String> balancers = new HashMap<>();
        for (PoolSettings pool : config.pools()) {
            pool.spec().log().ifPresent(log -> checkOutput(pool.spec(), log, outputs));
            if (pool.spec().listening() instanceof Listening.Proxied) {
                checkBalancer(pool, balancers);
            }
        }
    }

    private void checkOutput(PoolSpec spec, LogSpec log, Map<Path, String> taken) {
        TreeSet<Path> files = IntStream.range(0, Math.max(spec.maxWorkers(), 1))
                .mapToObj(log::fileOf)
                .collect(Collectors.toCollection(TreeSet::new));
        Map<Path, String> clashes = new HashMap<>(taken);
        clashes.keySet().retainAll(files);
        clashes.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .limit(1)
                .forEach(clash -> diagnostics.error(
                        spec,
                        "output.file",
                        "'%s' is written by pool '%s' as well; give each a file of its own"
                                .formatted(clash.getKey(), clash.getValue())));
        files.forEach(file -> taken.putIfAbsent(file, spec.name()));
        files.stream()
                .filter(Files::exists)
                .filter(file -> !Files.isRegularFile(file) || !Files.isWritable(file))
                .limit(1)
                .forEach(file ->
                        diagnostics.error(spec, "output.file", "'%s' is no file that can be written".formatted(file)));
        obstacle(log.file().resolve("..").normalize())
                .ifPresent(why -> diagnostics.error(spec, "output.file", "'%s': %s".formatted(log.file(), why)));
    }

    private void checkBalancer(PoolSettings pool, Map<Path, String> taken) {
        Path directory = pool.balancerDirectory();
        String other = taken.putIfAbsent(directory, pool.name());
        if (other != null) {
            diagnostics.error(
                    pool.spec(),
                    "server.proxy_config_path",
                    "the balancer of pool '%s' keeps its files in '%s' as well; give each a directory of its own"
                            .formatted(other, directory));
        }
        obstacle(directory)
                .ifPresent(why -> diagnostics.error(
                        pool.spec(), "server.proxy_config_path", "'%s': %s".formatted(directory, why)));
    }

    /** The reason why a directory cannot be created, or no file be created in it. */
    private static Optional<String> obstacle(Path directory) {
        Path there = directory;
        while (!Files.exists(there) && there.getParent() != null) {
            there = there.getParent();
        }
        if (Files.isDirectory(there) && Files.isWritable(there)) {
            return Optional.empty();
        }
        return Optional.of("'%s' is no directory that can be written to".formatted(there));
    }
}
