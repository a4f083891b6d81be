package io.livepatch.haproxy.model;

import io.livepatch.haproxy.model.InvalidModelException.Violations;
import java.util.List;

/**
 * Addresses that haproxy listens on for clients, and the requests that it forwards from there to a {@link Backend}.
 *
 * @param trustedPeers addresses and networks in CIDR notation of proxies in front of this one. Their {@code X-Forwarded-*} and
 *     {@code X-Request-ID} headers are forwarded; those of all other peers are replaced
 * @param pages what haproxy answers itself, before the routes
 */
public record Frontend(String name, List<Bind> binds, Routes routes, List<String> trustedPeers, List<Page> pages) {
    public Frontend {
        binds = List.copyOf(binds);
        trustedPeers = List.copyOf(trustedPeers);
        pages = List.copyOf(pages);
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

    /** A frontend without pages. */
    public Frontend(String name, List<Bind> binds, Routes routes, List<String> trustedPeers) {
        this(name, binds, routes, trustedPeers, List.of());
    }

    /** A frontend without trusted peers and pages. */
    public Frontend(String name, List<Bind> binds, Routes routes) {
        this(name, binds, routes, List.of());
    }

    public Frontend withPages(List<Page> newPages) {
        return new Frontend(name, binds, routes, trustedPeers, newPages);
    }

    /**
     * The answer to GET and HEAD of one path, constant for one configuration. It has to fit into haproxy's buffer.
     *
     * @param path exactly this one
     * @param contentType such as {@code text/plain}
     * @param text at most {@value ConfigSyntax#MAX_PAGE} characters
     */
    public record Page(String path, String contentType, String text) {
        public Page {
            new Violations("page '" + path + "'")
                    .unless(ConfigSyntax.isRoute(path), "the path is not " + ConfigSyntax.ROUTE_RULE)
                    .unless(
                            ConfigSyntax.isRoute("/" + contentType),
                            "content type '" + contentType + "' is not like text/plain")
                    .unless(ConfigSyntax.isPageText(text), "the text is not " + ConfigSyntax.PAGE_TEXT_RULE)
                    .throwIfAny();
        }
    }
}
