package io.livepatch.haproxy.model;

/** What is wanted of a {@link Server}; the state it is in is a matter of the running haproxy. */
public enum ServerState {
    /** Gets requests. */
    READY,
    /** Finishes its requests, gets no new ones, and is checked. */
    DRAIN,
    /** Gets no requests and is not checked. */
    MAINTENANCE
}
