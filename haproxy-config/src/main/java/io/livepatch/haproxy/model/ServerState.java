package io.livepatch.haproxy.model;

/** What is wanted of a {@link Server}; the state it is in is a matter of the running haproxy. */
public enum ServerState {
    /** Takes its share. */
    READY,
    /** Ends what it has, gets nothing new, is still checked. */
    DRAIN,
    /** Gets nothing and is not checked. */
    MAINTENANCE
}
