package io.livepatch.haproxy;

/** What an operator or charm wants of a {@link Server}; how it really is, is a {@link ServerStatus}. */
public enum ServerState {
    /** Takes its share. */
    READY,
    /** Ends what it has, gets nothing new, is still checked. */
    DRAIN,
    /** Gets nothing and is not checked. */
    MAINTENANCE
}
