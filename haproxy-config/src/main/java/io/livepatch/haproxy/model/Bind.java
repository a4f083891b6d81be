package io.livepatch.haproxy.model;

import io.livepatch.haproxy.model.InvalidModelException.Violations;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
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

    public static Bind plain(String address, int port) {
        return new Bind(address, port, Optional.empty());
    }

    public static Bind secure(String address, int port, Tls tls) {
        return new Bind(address, port, Optional.of(tls));
    }

    /** Address and port, {@code 0.0.0.0:8443} or {@code [::]:8443}. */
    public String endpoint() {
        return ConfigSyntax.endpoint(address, port);
    }

    public InetAddress inetAddress() {
        return InetAddress.ofLiteral(address);
    }

    /**
     * TLS on a {@link Bind}: TLS 1.2 and later, HTTP/2 and HTTP/1.1, the ciphers of Mozilla's intermediate profile.
     *
     * @param pem certificate chain and private key in one file, or a directory of such files
     * @param hsts max-age of the {@code Strict-Transport-Security} header, at least 1 s; empty for no such header
     */
    public record Tls(Path pem, Optional<Duration> hsts) {
        public Tls {
            new Violations("tls")
                    .unless(ConfigSyntax.isPath(pem), "pem '" + pem + "' is not " + ConfigSyntax.PATH_RULE)
                    .unless(hsts.isEmpty() || hsts.get().toSeconds() > 0, "hsts must be a second or more")
                    .throwIfAny();
        }

        public Tls(Path pem) {
            this(pem, Optional.empty());
        }
    }
}
