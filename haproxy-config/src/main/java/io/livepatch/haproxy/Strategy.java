package io.livepatch.haproxy;

/** How a {@link Backend} chooses a server for a request. */
public enum Strategy {
    /** In turn, by weight. */
    ROUND_ROBIN("roundrobin", false),
    /** The server with the fewest requests at work. */
    LEAST_CONNECTIONS("leastconn", false),
    /** The same client address, the same server. */
    IP_HASH("source", true),
    /** The less loaded of two drawn at random: even, and without a herd when several balancers share the servers. */
    RANDOM("random(2)", false),
    /** The same path, the same server, whatever its query: each server's cache holds its own part of the patches. */
    URI_HASH("uri path-only", true);

    private final String algorithm;
    private final boolean hashing;

    Strategy(String algorithm, boolean hashing) {
        this.algorithm = algorithm;
        this.hashing = hashing;
    }

    String algorithm() {
        return algorithm;
    }

    boolean hashing() {
        return hashing;
    }
}
