package io.livepatch.haproxy.model;

import io.livepatch.haproxy.model.InvalidModelException.Violations;
import java.util.List;

/**
 * Addresses that haproxy listens on for clients, and the requests that it forwards from there to a {@link Backend}.
 *
 * @param trustedPeers addresses and networks in CIDR notation of proxies in front of this one. Their {@code X-Forwarded-*} and
 *     {@code X-Request-ID} headers are forwarded; those of all other peers are replaced
 */
public record Frontend(String name, List<Bind> binds, Routes routes, List<String> trustedPeers) {
    public Frontend {
        binds = List.copyOf(binds);
        trustedPeers = List.copyOf(trustedPeers);
        Violations violations = new Violations("frontend '" + name + "'");
        for (String peer : trustedPeers) {
            violations.unless(
                    ConfigSyntax.isNetwork(peer),
                    "the trusted peer '" + peer + "' is not " + ConfigSyntax.NETWORK_RULE);
        }
        violations
                .unless(ConfigSyntax.isName(name), "the name is not " + ConfigSyntax.NAME_RULE)
                .unless(!binds.isEmpty(), "it listens on nothing; give it a bind")
                .throwIfAny();
    }

    /** A frontend without trusted peers. */
    public Frontend(String name, List<Bind> binds, Routes routes) {
        this(name, binds, routes, List.of());
    }
}
