package io.livepatch.haproxy.model;

import java.net.InetAddress;
import java.util.Optional;

/** An address and port that haproxy listens on, with or without TLS. */
public record Bind(String address, int port, Optional<Tls> tls) {
    public Bind {
        new Violations("bind '" + address + "' port " + port)
                .unless(
                        ConfigSyntax.isAddress(address),
                        "address '" + address + "' is not " + ConfigSyntax.ADDRESS_RULE)
                .unless(ConfigSyntax.isPort(port), "port " + port + " is not between 1 and 65535")
                .throwIfAny();
    }

    /** Plain HTTP. */
    public static Bind plain(String address, int port) {
        return new Bind(address, port, Optional.empty());
    }

    /** HTTPS. */
    public static Bind secure(String address, int port, Tls tls) {
        return new Bind(address, port, Optional.of(tls));
    }

    /** Address and port, {@code 0.0.0.0:8443} or {@code [::]:8443}. */
    public String endpoint() {
        return ConfigSyntax.endpoint(address, port);
    }

    /** The address, parsed. */
    public InetAddress inetAddress() {
        return InetAddress.ofLiteral(address);
    }
}
