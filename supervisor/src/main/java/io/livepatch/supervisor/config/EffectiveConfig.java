package io.livepatch.supervisor.config;

import io.livepatch.common.config.ConfigPrinter;
import io.livepatch.common.config.Secret;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The file as it would have to be written to say all that holds, defaults filled in, paths absolute, and the values of variables
 * masked. Reads back as the same configuration, but for those values.
 */
public final class EffectiveConfig {

    private EffectiveConfig() {}

    /** As YAML. */
    public static String print(SupervisorConfig config) {
        Map<String, Object> tree = ConfigPrinter.tree(config.options(), SupervisorFile.STYLE);
        Iterator<PoolSettings> pools = config.pools().iterator();
        if (section(tree.get("supervisor")).get("workers") instanceof List<?> workers) {
            workers.forEach(worker -> complete(section(worker), pools.next()));
        }
        return ConfigPrinter.yaml(tree);
    }

    /** Writes what follows from several options into one: the arguments hold the flag for the port, the variables those of a file. */
    private static void complete(Map<String, Object> tree, PoolSettings pool) {
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

    @SuppressWarnings("unchecked") // a section of the tree is a map by keys
    private static Map<String, Object> section(@Nullable Object tree) {
        return (Map<String, Object>) Objects.requireNonNull(tree);
    }
}
