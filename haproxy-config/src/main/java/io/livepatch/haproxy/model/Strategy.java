package io.livepatch.haproxy.model;

/** How a {@link Backend} chooses a server for a request. */
public enum Strategy {
    /** Each server in turn, in proportion to the weights. */
    ROUND_ROBIN(false),
    /** The server with the fewest connections. */
    LEAST_CONNECTIONS(false),
    /** The same server for the same client address. */
    IP_HASH(true),
    /** The less loaded of two random servers: several load balancers with the same servers do not all choose the same one. */
    RANDOM(false),
    /** The same server for the same path, whatever the query: each server's cache then holds its own part of the content. */
    URI_HASH(true);

    private final boolean hashing;

    Strategy(boolean hashing) {
        this.hashing = hashing;
    }

    /** Whether a hash ring decides, on which {@link Backend#serverIds} place the servers. */
    public boolean hashing() {
        return hashing;
    }
}
