package io.livepatch.haproxy.model;

import java.util.List;

/**
 * Where clients come in: what it listens on, and which requests it hands on to which {@link Backend}.
 *
 * @param trustedPeers addresses and networks in CIDR notation of proxies in front of this one. What they say in {@code
 *     X-Forwarded-*} and {@code X-Request-ID} is passed on; what all other peers say there is dropped and replaced
 */
public record Frontend(String name, List<Bind> binds, Routes routes, List<String> trustedPeers) {
    public Frontend {
        binds = List.copyOf(binds);
        trustedPeers = List.copyOf(trustedPeers);
        Problems problems = new Problems("frontend '" + name + "'");
        for (String peer : trustedPeers) {
            problems.unless(Grammar.isNetwork(peer), "the trusted peer '" + peer + "' is not " + Grammar.NETWORK_RULE);
        }
        problems.unless(Grammar.isName(name), "the name is not " + Grammar.NAME_RULE)
                .unless(!binds.isEmpty(), "it listens on nothing; give it a bind")
                .throwIfAny();
    }

    /** Trusts no peer. */
    public Frontend(String name, List<Bind> binds, Routes routes) {
        this(name, binds, routes, List.of());
    }
}
