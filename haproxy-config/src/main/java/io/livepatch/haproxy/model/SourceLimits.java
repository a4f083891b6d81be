package io.livepatch.haproxy.model;

import io.livepatch.haproxy.model.InvalidModelException.Violations;
import java.util.List;

/**
 * Limits for each client address. An IPv6 client is counted by its /64 network, because one host can use all addresses of it.
 *
 * <p>While more than half of a frontend's connections are in use, an address may have only an eighth of {@code connections}; while
 * more than half of the connections that the servers of a backend allow are in use, only an eighth of {@code requests}. So a few
 * addresses cannot use all of them.
 *
 * @param connections concurrent connections; more are closed before the TLS handshake
 * @param connectionRate new connections within {@link #PERIOD_SECONDS}; more are closed before the TLS handshake
 * @param requests concurrent requests over all connections, with each HTTP/2 stream as one; more are answered 429
 * @param requestRate requests within {@link #PERIOD_SECONDS}; more are answered 429
 * @param trusted networks in CIDR notation whose addresses have no limits
 */
public record SourceLimits(int connections, int connectionRate, int requests, int requestRate, List<String> trusted) {
    /** The period of both rates. */
    public static final int PERIOD_SECONDS = 10;

    public static final SourceLimits DEFAULT = new SourceLimits(64, 1000, 32, 2000, List.of());
    private static final int MAX = 1_000_000;

    public SourceLimits {
        trusted = List.copyOf(trusted);
        Violations violations = new Violations("source limits")
                .unless(inRange(connections), "connections " + connections + " is not between 1 and " + MAX)
                .unless(inRange(connectionRate), "connection rate " + connectionRate + " is not between 1 and " + MAX)
                .unless(inRange(requests), "requests " + requests + " is not between 1 and " + MAX)
                .unless(inRange(requestRate), "request rate " + requestRate + " is not between 1 and " + MAX);
        for (String network : trusted) {
            violations.unless(ConfigSyntax.isNetwork(network), "'" + network + "' is not " + ConfigSyntax.NETWORK_RULE);
        }
        violations.throwIfAny();
    }

    private static boolean inRange(int number) {
        return number >= 1 && number <= MAX;
    }

    /** Concurrent requests of an address while more than half of the connections of a backend's servers are in use. */
    public int requestsWhenCrowded() {
        return Math.max(1, requests / 8);
    }

    /** Concurrent connections of an address while more than half of a frontend's connections are in use. */
    public int connectionsWhenCrowded() {
        return Math.max(1, connections / 8);
    }
}
