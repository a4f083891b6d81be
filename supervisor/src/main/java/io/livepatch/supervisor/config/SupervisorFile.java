package io.livepatch.supervisor.config;

import io.livepatch.common.config.ConfigException;
import io.livepatch.common.config.ConfigReader;
import io.livepatch.common.config.KeyStyle;
import io.livepatch.supervisor.PoolSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads the file that says what to supervise: Monoceros' keys as they are, and ours. */
public final class SupervisorFile {

    static final KeyStyle STYLE = KeyStyle.UNDERSCORES;

    private SupervisorFile() {}

    /**
     * Reads a file; its relative paths start at the working directory of this JVM, its variables are those of this JVM.
     *
     * @throws ConfigException with everything that is wrong with it
     */
    public static SupervisorConfig read(Path file) {
        return read(file, Path.of(""), System.getenv());
    }

    /** The same for another directory and another environment. */
    static SupervisorConfig read(Path file, Path directory, Map<String, String> environment) {
        List<PoolSpec> specs = new ArrayList<>();
        ConfigReader.Result<SupervisorOptions> result =
                reader(SupervisorOptions.class, directory, environment, specs).read(file);
        SupervisorOptions options = result.value();
        List<PoolSettings> pools = new ArrayList<>();
        for (PoolOptions pool : options.supervisor().workers()) {
            pools.add(pool.settings(specs.get(pools.size()), options.balancer().directory()));
        }
        return new SupervisorConfig(
                options,
                pools,
                result.warnings().stream()
                        .map(warning -> Diagnostic.remark(warning.key(), warning.what()))
                        .toList());
    }

    /**
     * Reads one pool, as it is written in a file below {@code supervisor.workers}, in YAML or JSON.
     *
     * @param name which it has if the text does not say so
     * @throws ConfigException with everything that is wrong with it
     */
    public static PoolSpec readPool(String name, String text) {
        List<PoolSpec> specs = new ArrayList<>();
        reader(PoolOptions.class, Path.of(""), System.getenv(), specs)
                .byDefault("name", name)
                .read("pool " + name, text);
        return specs.getFirst();
    }

    /**
     * A reader of a file, or of a part of it.
     *
     * @param specs takes each pool without problems, in the order of the file
     */
    private static <T extends Record> ConfigReader<T> reader(
            Class<T> type, Path directory, Map<String, String> environment, List<PoolSpec> specs) {
        return ConfigReader.of(type, STYLE)
                .strictTypes()
                .directory(directory)
                .check(
                        PoolOptions.class,
                        (pool, notes) -> pool.spec(environment, notes).ifPresent(specs::add));
    }
}
