package io.livepatch.haproxy.model;

/**
 * A plain HTTP port that only sends clients to https.
 *
 * @param httpsPort where https is reached from outside
 */
public record Redirect(String name, Bind bind, int httpsPort) {
    public Redirect {
        new Violations("redirect '" + name + "'")
                .unless(ConfigSyntax.isName(name), "the name is not " + ConfigSyntax.NAME_RULE)
                .unless(bind.tls().isEmpty(), "its bind has TLS; a redirect to https listens in plain HTTP")
                .unless(ConfigSyntax.isPort(httpsPort), "https port " + httpsPort + " is not between 1 and 65535")
                .throwIfAny();
    }
}
