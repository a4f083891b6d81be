package io.livepatch.server.config;

import io.livepatch.common.config.UnsupportedKeys;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The keys of Canonical's server that this one has no part for. A file or environment written for that server starts ours as long
 * as none of them is switched on.
 */
final class CanonicalKeys {
    static final UnsupportedKeys UNSUPPORTED = new UnsupportedKeys(CanonicalKeys::contains, CanonicalKeys::switchedOn);

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
