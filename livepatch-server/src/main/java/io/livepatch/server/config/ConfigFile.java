package io.livepatch.server.config;

import io.livepatch.common.config.ConfigException;
import io.livepatch.common.config.ConfigPrinter;
import io.livepatch.common.config.ConfigProblem;
import io.livepatch.common.config.ConfigReader;
import io.livepatch.common.config.KeyStyle;
import io.livepatch.common.config.OptionTable;
import io.livepatch.common.config.UnsupportedKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads {@link UnitConfig} from a YAML file and the environment. Keys are nested or dotted, {@code -} and {@code _} are the same,
 * and an environment variable {@code LP_SERVER_URL_TEMPLATE} overrides {@code server.url-template} in the file.
 */
public final class ConfigFile {
    private static final Logger LOG = LoggerFactory.getLogger(ConfigFile.class);

    private ConfigFile() {}

    /**
     * Reads a file; environment variables override its keys.
     *
     * @param file null to read only the environment
     * @throws ConfigException with all problems
     */
    public static UnitConfig read(@Nullable Path file, Map<String, String> environment) {
        ConfigReader<UnitConfig> reader = ConfigReader.of(UnitConfig.class, KeyStyle.HYPHENS)
                .environment("LP_", environment)
                .unsupported(CanonicalKeys.UNSUPPORTED)
                .refuseAliases();
        ConfigReader.Result<UnitConfig> read = file == null ? reader.readEnvironment() : reader.read(file);
        if (!read.warnings().isEmpty()) {
            LOG.warn(
                    "ignored unsupported keys: {}",
                    read.warnings().stream().map(ConfigProblem::key).collect(Collectors.joining(", ")));
        }
        if (read.value().auth().users().isEmpty()) {
            LOG.warn("auth.basic.users is empty or off: no user can log in to the admin API");
        }
        return read.value();
    }

    /** The options whose values differ. */
    public static List<OptionTable.Row> changed(UnitConfig before, UnitConfig after) {
        return OptionTable.changed(before, after, KeyStyle.HYPHENS);
    }

    /**
     * Where the configuration of a unit is read from, at its start and when it is reloaded.
     *
     * @param file null if there is only the environment
     * @param environment of the process, which does not change while it runs
     */
    public record Source(@Nullable Path file, Map<String, String> environment) {
        /** Reads as {@link ConfigFile#read}. */
        public UnitConfig read() {
            return ConfigFile.read(file, environment);
        }

        /** When the file was modified; empty if there is none. */
        public Optional<Instant> modified() {
            try {
                return file == null
                        ? Optional.empty()
                        : Optional.of(Files.getLastModifiedTime(file).toInstant());
            } catch (IOException e) {
                LOG.debug("the configuration file has no time", e);
                return Optional.empty();
            }
        }
    }

    /**
     * A configuration that was read.
     *
     * @param modified time of the file, which identifies its version
     */
    public record Version(UnitConfig config, Optional<Instant> modified) {}

    /** A configuration as YAML, with its defaults filled in and its secrets masked. */
    public static String print(UnitConfig config) {
        return ConfigPrinter.yaml(config, KeyStyle.HYPHENS);
    }

    /**
     * The keys of Canonical's server that this server does not support. Its configuration is accepted unless one of these features is
     * switched on.
     */
    static final class CanonicalKeys {
        static final UnsupportedKeys UNSUPPORTED =
                new UnsupportedKeys(CanonicalKeys::contains, CanonicalKeys::switchedOn);

        private static final String PREFIX = "LP_";
        /** Prefixes of the keys of sections and of one family of keys. */
        private static final List<String> PREFIXES = List.of(
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

        /** Includes the options of Canonical's cache, which is in memory and counts entries. */
        private static final List<String> KEYS = List.of(
                "database.work-mem",
                "patch-cache.cache-size",
                "patch-cache.cache-ttl",
                "server.is-hosted",
                "server.is-leader");

        private static final Set<String> SWITCHES = Set.of("server.is-hosted", variable("server.is-hosted"));

        private CanonicalKeys() {}

        private static boolean contains(String key) {
            return key.startsWith(PREFIX)
                    ? PREFIXES.stream().anyMatch(prefix -> key.startsWith(variable(prefix)))
                            || KEYS.stream().anyMatch(single -> key.equals(variable(single)))
                    : PREFIXES.stream().anyMatch((key + ".")::startsWith) || KEYS.contains(key);
        }

        private static boolean switchedOn(String key, String value) {
            boolean isSwitch = key.endsWith(".enabled") || key.endsWith("_ENABLED") || SWITCHES.contains(key);
            return isSwitch && value.equalsIgnoreCase("true");
        }

        private static String variable(String key) {
            return PREFIX + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
        }
    }
}
