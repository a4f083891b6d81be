package io.livepatch.server.config;

import io.livepatch.common.config.ConfigException;
import io.livepatch.common.config.ConfigPrinter;
import io.livepatch.common.config.ConfigProblem;
import io.livepatch.common.config.ConfigReader;
import io.livepatch.common.config.KeyStyle;
import io.livepatch.common.config.UnsupportedKeys;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads {@link Config} from a YAML file and the environment. Keys are nested or dotted, {@code -} and {@code _} are the same,
 * and an environment variable {@code LP_SERVER_URL_TEMPLATE} overrides {@code server.url-template} in the file.
 */
public final class ConfigFile {
    private static final Logger LOG = LoggerFactory.getLogger(ConfigFile.class);

    private ConfigFile() {}

    /**
     * Reads a file, then the environment over it.
     *
     * @param file null for the environment alone
     * @throws ConfigException with everything that is wrong
     */
    public static Config read(@Nullable Path file, Map<String, String> environment) {
        ConfigReader<Config> reader = ConfigReader.of(Config.class, KeyStyle.HYPHENS)
                .environment("LP_", environment)
                .unsupported(CanonicalKeys.UNSUPPORTED)
                .refuseAliases();
        ConfigReader.Result<Config> read = file == null ? reader.readEnvironment() : reader.read(file);
        if (!read.warnings().isEmpty()) {
            LOG.warn(
                    "ignored keys that this server does not have: {}",
                    read.warnings().stream().map(ConfigProblem::key).collect(Collectors.joining(", ")));
        }
        if (read.value().auth().users().isEmpty()) {
            LOG.warn("auth.basic.users is empty or off: nobody can log in to the admin API");
        }
        return read.value();
    }

    /** A configuration as YAML, with its defaults filled in and its secrets masked. */
    public static String print(Config config) {
        return ConfigPrinter.yaml(config, KeyStyle.HYPHENS);
    }

    /**
     * The keys of Canonical's server that this one has no part for. A file or environment written for that server starts ours as long
     * as none of them is switched on.
     */
    static final class CanonicalKeys {
        static final UnsupportedKeys UNSUPPORTED =
                new UnsupportedKeys(CanonicalKeys::contains, CanonicalKeys::switchedOn);

        private static final String PREFIX = "LP_";
        /** How the keys of whole sections begin, and one family of keys. */
        private static final List<String> BEGINNINGS = List.of(
                "auth.oauth.",
                "auth.sso.",
                "cloud-delay.",
                "contracts.",
                "cve-lookup.",
                "cve-sync.",
                "event-bus.",
                "influx.",
                "kpi-reports.",
                "lsn-sync.",
                "machine-reports.",
                "otel-metrics.",
                "patch-blocklist.",
                "patch-storage.swift-",
                "patch-sync.",
                "profiler.",
                "sso.",
                "swift.",
                "timescale-db.",
                "tracing.");

        /** Among them the options of its cache, which is in memory and counts entries. */
        private static final List<String> SINGLE = List.of(
                "database.work-mem",
                "patch-cache.cache-size",
                "patch-cache.cache-ttl",
                "server.is-hosted",
                "server.is-leader");

        private static final Set<String> SWITCHES = Set.of("server.is-hosted", variable("server.is-hosted"));

        private CanonicalKeys() {}

        private static boolean contains(String key) {
            return key.startsWith(PREFIX)
                    ? BEGINNINGS.stream().anyMatch(beginning -> key.startsWith(variable(beginning)))
                            || SINGLE.stream().anyMatch(single -> key.equals(variable(single)))
                    : BEGINNINGS.stream().anyMatch((key + ".")::startsWith) || SINGLE.contains(key);
        }

        private static boolean switchedOn(String key, String value) {
            boolean aSwitch = key.endsWith(".enabled") || key.endsWith("_ENABLED") || SWITCHES.contains(key);
            return aSwitch && value.equalsIgnoreCase("true");
        }

        private static String variable(String key) {
            return PREFIX + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
        }
    }
}
