package io.livepatch.fleet.flock;

import io.livepatch.common.config.Secret;
import io.livepatch.common.net.CaBundle;
import io.livepatch.fleet.protocol.ServerAddress;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Whom the machines talk to, and how.
 *
 * @param authorities whom they trust; empty: the system's authorities
 * @param authToken enrols them; without it only work that needs no enrolment can be done
 */
public record Target(
        ServerAddress server, Optional<CaBundle> authorities, Optional<Secret> authToken, Transport transport) {

    /**
     * How machines reach their server.
     *
     * @param http2 asks for h2; HTTP/1.1 otherwise
     * @param newConnections a connection for each turn, as a machine that polls hourly has; TLS sessions are resumed
     * @param localAddresses where connections come from, a machine's always from the same one; empty: the system chooses. One address has only as many
     *     ports as {@code ip_local_port_range} says, and is one client to whatever tells clients apart by their address
     * @param inFlight calls that may wait for the beginning of their answer at once, on each replica; the others wait for them
     * @param timeout a call has been answered by then, or failed
     */
    public record Transport(
            boolean http2, boolean newConnections, List<InetAddress> localAddresses, int inFlight, Duration timeout) {
        public Transport {
            localAddresses = List.copyOf(localAddresses);
            if (http2 && newConnections) {
                throw new IllegalArgumentException(
                        "http2 and new connections exclude each other: over h2 all machines share a few connections");
            }
            if (inFlight < 1) {
                throw new IllegalArgumentException("'%d' calls in flight are none".formatted(inFlight));
            }
            if (!timeout.isPositive()) {
                throw new IllegalArgumentException("a timeout of '%s' is no time at all".formatted(timeout));
            }
        }
    }
}
