package io.livepatch.fleet.flock;

import io.livepatch.fleet.CaBundle;
import io.livepatch.fleet.Secret;
import io.livepatch.fleet.ServerUrl;
import java.time.Duration;
import java.util.Optional;

/**
 * Whom the machines talk to, and how.
 *
 * @param authToken enrols them; without it only work that needs no enrolment can be done
 * @param http2 asks for h2; HTTP/1.1 otherwise
 * @param newConnections a connection for each turn, as a machine that polls hourly has; TLS sessions are resumed
 * @param timeout a call has been answered by then, or failed
 */
public record Target(
        ServerUrl server,
        Optional<CaBundle> authorities,
        Optional<Secret> authToken,
        boolean http2,
        boolean newConnections,
        Duration timeout) {
    public Target {
        if (http2 && newConnections) {
            throw new IllegalArgumentException(
                    "http2 and new connections exclude each other: over h2 all machines share a few connections");
        }
        if (!timeout.isPositive()) {
            throw new IllegalArgumentException("a timeout of '%s' is no time at all".formatted(timeout));
        }
    }
}
