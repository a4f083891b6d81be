package io.livepatch.haproxy.model;

/** How a {@link Backend} chooses a server for a request. */
public enum Strategy {
    /** In turn, by weight. */
    ROUND_ROBIN(false),
    /** The server with the fewest requests at work. */
    LEAST_CONNECTIONS(false),
    /** The same client address, the same server. */
    IP_HASH(true),
    /** The less loaded of two drawn at random: even, and without a herd when several balancers share the servers. */
    RANDOM(false),
    /** The same path, the same server, whatever its query: each server's cache holds its own part of the patches. */
    URI_HASH(true);

    private final boolean hashing;

    Strategy(boolean hashing) {
        this.hashing = hashing;
    }

    /** Whether the place of a server on a hash ring decides, and with it {@link Backend#serverIds}. */
    public boolean hashing() {
        return hashing;
    }
}
