package io.livepatch.charm.haproxy;

import io.livepatch.charm.api.Config;
import io.livepatch.charm.api.ConfigRules;
import io.livepatch.haproxy.HaproxyException;
import io.livepatch.haproxy.SourceLimits;
import io.livepatch.haproxy.Strategy;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Which values of options the charm refuses before they take effect. */
final class HaproxyRules {
    private static final String HTTPS_PORT = "https-port";
    private static final long LAST_PORT = 65_535;
    private static final long MOST_CLIENTS = 1_000_000;
    private static final long MOST_THREADS = 64;
    /** haproxy's longest time, 24 days. */
    private static final long LONGEST_SECONDS = 24L * 24 * 60 * 60;

    private HaproxyRules() {}

    static List<ConfigRules.Violation> violations(Config config, Instant now) {
        return Stream.of(
                        ports(config),
                        ConfigRules.range(config, "global-maxconn", 1, MOST_CLIENTS),
                        ConfigRules.range(config, "threads", 0, MOST_THREADS),
                        config.values().keySet().stream()
                                .filter(key -> key.startsWith("source-"))
                                .sorted()
                                .flatMap(key -> ConfigRules.range(config, key, 1, MOST_CLIENTS)),
                        networks(config),
                        config.values().keySet().stream()
                                .filter(key -> key.startsWith("timeout-"))
                                .sorted()
                                .flatMap(key -> ConfigRules.range(config, key, 1, LONGEST_SECONDS)),
                        ConfigRules.oneOf(
                                config,
                                "strategy",
                                Arrays.stream(Strategy.values())
                                        .map(it -> it.name().toLowerCase(Locale.ROOT))
                                        .toList()),
                        config
                                .text(Frontage.HOSTNAME)
                                .flatMap(Frontage::problem)
                                .map(it -> ConfigRules.Violation.of(Frontage.HOSTNAME, it))
                                .stream(),
                        OperatorPem.of(config)
                                .flatMap(pem -> pem.problem(now))
                                .map(it ->
                                        new ConfigRules.Violation(Set.of(OperatorPem.CERTIFICATE, OperatorPem.KEY), it))
                                .stream())
                .flatMap(it -> it)
                .toList();
    }

    private static Stream<ConfigRules.Violation> networks(Config config) {
        try {
            SourceLimits usual = SourceLimits.DEFAULT;
            var _ = new SourceLimits(
                    usual.connections(),
                    usual.connectionRate(),
                    usual.requests(),
                    usual.requestRate(),
                    Balancing.trusted(config));
            return Stream.empty();
        } catch (HaproxyException.InvalidModel e) {
            return e.problems().stream().map(it -> ConfigRules.Violation.of("trusted-cidrs", "trusted-cidrs: " + it));
        }
    }

    /** All that end in {@code -port}: they share one address, so each needs a port of its own; 0 switches one off. */
    private static Stream<ConfigRules.Violation> ports(Config config) {
        List<String> options = config.values().keySet().stream()
                .filter(key -> key.endsWith("-port"))
                .sorted()
                .toList();
        TreeMap<Object, Set<String>> users = new TreeMap<>();
        for (String option : options) {
            if (config.values().get(option) instanceof Long port && port != 0) {
                users.computeIfAbsent(port, _ -> new TreeSet<>()).add(option);
            }
        }
        return Stream.concat(
                options.stream()
                        .flatMap(option ->
                                ConfigRules.range(config, option, option.equals(HTTPS_PORT) ? 1 : 0, LAST_PORT)),
                users.entrySet().stream()
                        .filter(entry -> entry.getValue().size() > 1)
                        .map(entry -> new ConfigRules.Violation(
                                entry.getValue(),
                                String.join(" and ", entry.getValue()) + " are both " + entry.getKey()
                                        + ": each needs a port of its own")));
    }
}
