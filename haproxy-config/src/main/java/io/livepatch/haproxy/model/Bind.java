package io.livepatch.haproxy.model;

import java.net.InetAddress;
import java.util.Optional;

/** An address and port that haproxy listens on, with or without TLS. */
public record Bind(String address, int port, Optional<Tls> tls) {
    public Bind {
        new Problems("bind '" + address + "' port " + port)
                .unless(Grammar.isAddress(address), "address '" + address + "' is not " + Grammar.ADDRESS_RULE)
                .unless(Grammar.isPort(port), "port " + port + " is not between 1 and 65535")
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

    /** {@code 0.0.0.0:8443} or {@code [::]:8443}, as it stands in the file. */
    public String endpoint() {
        return Grammar.endpoint(address, port);
    }

    /** The address, parsed. */
    public InetAddress inetAddress() {
        return InetAddress.ofLiteral(address);
    }
}
