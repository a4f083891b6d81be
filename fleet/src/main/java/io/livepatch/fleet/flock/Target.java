package io.livepatch.fleet.flock;

import io.livepatch.common.config.Secret;
import io.livepatch.common.net.CaBundle;
import io.livepatch.fleet.protocol.ServerAddress;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The server under test, and how machines connect to it.
 *
 * @param authorities to trust; empty: those of the system
 * @param authToken for enrolments; without it only workloads that need no enrolment can run
 */
public record Target(
        ServerAddress server, Optional<CaBundle> authorities, Optional<Secret> authToken, Transport transport) {

    /**
     * The settings of HTTP connections.
     *
     * @param http2 offers h2; HTTP/1.1 otherwise
     * @param newConnections a connection for each iteration, as of a machine that polls hourly; TLS sessions are resumed
     * @param localAddresses source addresses, for a machine always the same one; empty: the system chooses. One address has only the ports of
     *     {@code ip_local_port_range}, and is one client to a server that limits by address
     * @param inFlight maximum number of calls that wait for response headers, on each replica; others are queued
     * @param timeout of a call
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
                throw new IllegalArgumentException("the limit '%d' of calls in flight is below 1".formatted(inFlight));
            }
            if (!timeout.isPositive()) {
                throw new IllegalArgumentException("the timeout '%s' is not positive".formatted(timeout));
            }
        }
    }
}
