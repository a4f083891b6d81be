package io.livepatch.server.config;

import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * What Canonical's server can be told and this one cannot. A file or environment written for that server starts ours as long as
 * none of it is switched on.
 */
final class AbsentKeys {
    private static final Set<String> SECTIONS = Set.of(
            "auth.oauth",
            "auth.sso",
            "cloud-delay",
            "contracts",
            "cve-lookup",
            "cve-sync",
            "event-bus",
            "influx",
            "kpi-reports",
            "lsn-sync",
            "machine-reports",
            "otel-metrics",
            "patch-blocklist",
            "patch-sync",
            "profiler",
            "sso",
            "swift",
            "timescale-db",
            "tracing");

    // Written "prefix-…": keys that share a beginning, not a section.
    private static final Set<String> FAMILIES = Set.of("patch-storage.swift");

    private static final Set<String> SINGLE = Set.of(
            "database.work-mem",
            // Its cache is in memory, and counts entries.
            "patch-cache.cache-size",
            "patch-cache.cache-ttl",
            "server.is-hosted",
            "server.is-leader");

    private static final Set<String> SWITCHES = Set.of("server.is-hosted");

    private AbsentKeys() {}

    /** Whether this dotted key, or this environment variable, is one of them. */
    static boolean known(String key) {
        return isVariable(key)
                ? under(
                                Stream.concat(SECTIONS.stream(), FAMILIES.stream()),
                                name -> key.startsWith(Key.variable(name) + "_"))
                        || under(SINGLE.stream(), name -> key.equals(Key.variable(name)))
                : under(SECTIONS.stream(), name -> key.startsWith(name + ".") || key.equals(name))
                        || under(FAMILIES.stream(), name -> key.startsWith(name + "-"))
                        || SINGLE.contains(key);
    }

    /** Whether such a key turns its feature on. */
    static boolean switchedOn(String key, String value) {
        boolean aSwitch = isVariable(key)
                ? key.endsWith("_ENABLED") || under(SWITCHES.stream(), name -> key.equals(Key.variable(name)))
                : key.endsWith(".enabled") || SWITCHES.contains(key);
        return aSwitch && value.equalsIgnoreCase("true");
    }

    private static boolean isVariable(String key) {
        return key.startsWith("LP_");
    }

    private static boolean under(Stream<String> names, Predicate<String> test) {
        return names.anyMatch(test);
    }
}
