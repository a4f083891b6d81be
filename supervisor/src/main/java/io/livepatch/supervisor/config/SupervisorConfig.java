package io.livepatch.supervisor.config;

import io.livepatch.common.config.ConfigException;
import io.livepatch.common.config.ConfigPrinter;
import io.livepatch.common.config.ConfigReader;
import io.livepatch.common.config.KeyStyle;
import io.livepatch.common.config.Secret;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.config.SupervisorOptions.Admin;
import io.livepatch.supervisor.config.SupervisorOptions.ExitPolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of a supervisor, read from a YAML file with Monoceros' keys and ours.
 *
 * @param options as written, with defaults filled in and paths absolute
 * @param pools in the order of the file; their names are unique
 * @param remarks about values that work but are probably not meant
 */
public record SupervisorConfig(SupervisorOptions options, List<PoolSettings> pools, List<Diagnostic> remarks) {

    static final KeyStyle STYLE = KeyStyle.UNDERSCORES;

    /**
     * One entry of {@code supervisor.workers}.
     *
     * @param desiredHealthyPercentage the percentage of ready workers from which the pool is healthy; without it, one is enough
     * @param balancerDirectory for the files of the pool's balancer; used in proxy mode only
     */
    public record PoolSettings(PoolSpec spec, Optional<Integer> desiredHealthyPercentage, Path balancerDirectory) {

        public String name() {
            return spec.name();
        }

        /** Whether so many ready workers are enough; the percentage is truncated as by Monoceros: 2 of 3 are 66 percent. */
        public boolean healthy(int ready) {
            int percentage = desiredHealthyPercentage.orElse(-1);
            if (spec.replicas() == 0 || percentage == 0) {
                return true;
            }
            return percentage < 0 ? ready >= 1 : ready * 100 / spec.replicas() >= percentage;
        }
    }

    public SupervisorConfig {
        pools = List.copyOf(pools);
        remarks = List.copyOf(remarks);
    }

    /**
     * Reads a file. Relative paths start at the working directory of this JVM, and variables are those of this JVM.
     *
     * @throws ConfigException with all problems
     */
    public static SupervisorConfig read(Path file) {
        return read(file, Path.of(""), System.getenv());
    }

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
     * Reads one entry of {@code supervisor.workers}, in YAML or JSON.
     *
     * @param name of the pool if the text has none
     * @throws ConfigException with all problems
     */
    public static PoolSpec readPool(String name, String text) {
        List<PoolSpec> specs = new ArrayList<>();
        reader(PoolOptions.class, Path.of(""), System.getenv(), specs)
                .byDefault("name", name)
                .read("pool " + name, text);
        return specs.getFirst();
    }

    /** A reader that adds each pool without problems to {@code specs}, in the order of the file. */
    private static <T extends Record> ConfigReader<T> reader(
            Class<T> type, Path directory, Map<String, String> environment, List<PoolSpec> specs) {
        return ConfigReader.of(type, STYLE)
                .strictTypes()
                .directory(directory)
                .check(
                        PoolOptions.class,
                        (pool, notes) -> pool.spec(environment, notes).ifPresent(specs::add));
    }

    public Admin admin() {
        return options.admin();
    }

    /** The control socket; without one, the file alone says which pools run. */
    public Optional<Path> controlSocket() {
        return options.control().socket();
    }

    /** How long a shutdown may take before the remaining workers are killed. */
    public Duration shutdownDeadline() {
        return options.shutdown().deadline();
    }

    public ExitPolicy exitOnGiveUp() {
        return options.exitOnGiveUp();
    }

    /** Has a directory for each pool in proxy mode that sets none of its own. */
    public Path balancerDirectory() {
        return options.balancer().directory();
    }

    /** As YAML, with defaults filled in and the values of variables masked. It reads back as an equal configuration, but for these. */
    public String toYaml() {
        Map<String, Object> tree = ConfigPrinter.tree(options, STYLE);
        Iterator<PoolSettings> remaining = pools.iterator();
        if (section(tree.get("supervisor")).get("workers") instanceof List<?> workers) {
            workers.forEach(worker -> replaceDerivedOptions(section(worker), remaining.next()));
        }
        return ConfigPrinter.yaml(tree);
    }

    /** Moves the port flag into the arguments, and the variables of a file into {@code env}. */
    private static void replaceDerivedOptions(Map<String, Object> tree, PoolSettings pool) {
        List<String> command = pool.spec().command();
        tree.put("args", command.subList(1, command.size()));
        Map<String, String> masked = new TreeMap<>(pool.spec().surroundings().environment());
        masked.replaceAll((_, value) -> new Secret(value).toString());
        tree.put("env", masked);
        tree.remove("env_file");
        if (tree.containsKey("server")) {
            Map<String, Object> server = section(tree.get("server"));
            server.put("proxy_config_path", pool.balancerDirectory().toString());
            server.remove("admin_port");
            section(server.get("port_arg")).keySet().retainAll(Set.of("start_port"));
        }
    }

    @SuppressWarnings("unchecked") // A section of the tree is a map by keys.
    private static Map<String, Object> section(@Nullable Object tree) {
        return (Map<String, Object>) Objects.requireNonNull(tree);
    }
}
