package io.livepatch.charm.haproxy;

import io.livepatch.charm.api.CharmConfig;
import io.livepatch.charm.api.CharmMetadata;
import io.livepatch.charm.api.CharmMetadata.Violation;
import io.livepatch.charm.api.ValueFormat;
import io.livepatch.charm.exec.PortProbe;
import io.livepatch.haproxy.model.Backend.Strategy;
import io.livepatch.haproxy.model.InvalidModelException;
import io.livepatch.haproxy.model.SourceLimits;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The formats and rules of the haproxy charm's options. */
final class HaproxyRules {
    private static final List<String> PORTS = List.of("https-port", "http-port", "metrics-port");
    private static final long MAX_CLIENTS = 1_000_000;
    private static final long MAX_THREADS = 64;
    /** haproxy's longest time, 24 days. */
    private static final long MAX_SECONDS = 24L * 24 * 60 * 60;

    private static final CharmMetadata BASE =
            CharmMetadata.read("haproxy").withFormats(formats()).withRules(HaproxyRules::ports);

    private HaproxyRules() {}

    /** The metadata with the rules for a change, which check the operator's certificate as well. */
    static CharmMetadata metadata(InstantSource clock) {
        return BASE.withRules(config -> {
            List<Violation> all = new ArrayList<>(ports(config));
            all.addAll(pem(config, clock.instant()));
            TrustBundle.problem(config, clock.instant())
                    .ifPresent(it -> all.add(new Violation(Set.of(TrustBundle.OPTION), it)));
            return all;
        });
    }

    /**
     * Why haproxy cannot run with these options, if the substrate accepted them. The operator's certificate is left to
     * {@link CertificateState}, because an expired one must not block changes of servers.
     */
    static Optional<String> problem(CharmConfig config) {
        return BASE.problem(config);
    }

    private static Map<String, ValueFormat> formats() {
        int lowest = PortProbe.lowestPort();
        ValueFormat pem =
                ValueFormat.of("PEM, or base64 of PEM", "@FILE", _ -> true).orUnset();
        Map<String, ValueFormat> all = new TreeMap<>();
        all.put("https-port", ValueFormat.port(lowest));
        all.put("http-port", ValueFormat.portOrNone(lowest));
        all.put("metrics-port", ValueFormat.portOrNone(lowest));
        all.put(
                PublicEndpoint.HOSTNAME,
                ValueFormat.of(
                                "a host name or an IPv4 address, without scheme, port and path",
                                "lp.example.com",
                                name -> PublicEndpoint.problem(name).isEmpty())
                        .orUnset());
        all.put("strategy", ValueFormat.word(Strategy.names()));
        all.put("expose-admin", ValueFormat.flag());
        all.put("expose-debug", ValueFormat.flag());
        all.putAll(limits());
        all.put(ProvidedCertificate.CERTIFICATE, pem);
        all.put(ProvidedCertificate.KEY, pem);
        all.put(TrustBundle.OPTION, pem);
        return all;
    }

    private static Map<String, ValueFormat> limits() {
        ValueFormat clients = ValueFormat.number(1, MAX_CLIENTS);
        ValueFormat seconds = ValueFormat.number(1, MAX_SECONDS);
        Map<String, ValueFormat> all = new TreeMap<>();
        all.put("global-maxconn", clients);
        all.put("source-connections", clients);
        all.put("source-connection-rate", clients);
        all.put("source-requests", clients);
        all.put("source-request-rate", clients);
        all.put(
                "trusted-cidrs",
                ValueFormat.of(
                                "networks and IP addresses, separated by commas or spaces",
                                "192.0.2.0/24",
                                HaproxyRules::networks)
                        .orUnset());
        all.put("threads", ValueFormat.number(0, MAX_THREADS));
        all.put("timeout-connect", seconds);
        all.put("timeout-client", seconds);
        all.put("timeout-server", seconds);
        return all;
    }

    private static boolean networks(String text) {
        SourceLimits defaults = SourceLimits.DEFAULT;
        try {
            var _ = new SourceLimits(
                    defaults.connections(),
                    defaults.connectionRate(),
                    defaults.requests(),
                    defaults.requestRate(),
                    LoadBalancerFactory.networks(text));
            return true;
        } catch (InvalidModelException e) {
            return false;
        }
    }

    private static List<Violation> pem(CharmConfig config, Instant now) {
        return ProvidedCertificate.of(config)
                .flatMap(pem -> pem.problem(now))
                .map(it -> new Violation(Set.of(ProvidedCertificate.CERTIFICATE, ProvidedCertificate.KEY), it))
                .stream()
                .toList();
    }

    /** All listen on one address, so each needs a port of its own; 0 disables one. */
    private static List<Violation> ports(CharmConfig config) {
        TreeMap<Integer, Set<String>> users = new TreeMap<>();
        for (String option : PORTS) {
            if (config.number(option) != 0) {
                users.computeIfAbsent(config.number(option), _ -> new TreeSet<>())
                        .add(option);
            }
        }
        return users.entrySet().stream()
                .filter(entry -> entry.getValue().size() > 1)
                .map(entry -> new Violation(
                        entry.getValue(),
                        String.join(" and ", entry.getValue()) + " are both " + entry.getKey()
                                + ": each needs a port of its own"))
                .toList();
    }
}
