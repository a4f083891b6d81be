package io.livepatch.haproxy.model;

import java.util.List;

/**
 * How much of a load balancer one client address may take. An IPv6 client is counted by its /64, since a single host can use
 * all addresses of it.
 *
 * <p>While a frontend is half full, an address may have only an eighth of {@code connections}, and while half of the places at the
 * servers of a backend are taken, an eighth of {@code requests}: so it takes many addresses to shut out those that ask for little.
 *
 * @param connections open at once; more are closed before TLS begins
 * @param connectionRate new ones within {@link #PERIOD_SECONDS}; more are closed before TLS begins
 * @param requests being answered at once, over all of its connections; each stream of HTTP/2 is one; more are answered 429
 * @param requestRate within {@link #PERIOD_SECONDS}; more are answered 429
 * @param trusted networks in CIDR notation whose addresses are not limited
 */
public record SourceLimits(int connections, int connectionRate, int requests, int requestRate, List<String> trusted) {
    /** The period of both rates. */
    public static final int PERIOD_SECONDS = 10;

    public static final SourceLimits DEFAULT = new SourceLimits(64, 1000, 32, 2000, List.of());
    private static final int MOST = 1_000_000;

    public SourceLimits {
        trusted = List.copyOf(trusted);
        Problems problems = new Problems("source limits")
                .unless(inRange(connections), "connections " + connections + " is not between 1 and " + MOST)
                .unless(inRange(connectionRate), "connection rate " + connectionRate + " is not between 1 and " + MOST)
                .unless(inRange(requests), "requests " + requests + " is not between 1 and " + MOST)
                .unless(inRange(requestRate), "request rate " + requestRate + " is not between 1 and " + MOST);
        for (String network : trusted) {
            problems.unless(Grammar.isNetwork(network), "'" + network + "' is not " + Grammar.NETWORK_RULE);
        }
        problems.throwIfAny();
    }

    private static boolean inRange(int number) {
        return number >= 1 && number <= MOST;
    }

    /** How many requests an address may have while half of the places at the servers of a backend are taken. */
    public int requestsWhenCrowded() {
        return Math.max(1, requests / 8);
    }

    /** How many connections an address may have while a frontend is half full. */
    public int connectionsWhenCrowded() {
        return Math.max(1, connections / 8);
    }
}
