package io.livepatch.haproxy.model;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

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
