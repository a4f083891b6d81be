package io.livepatch.charm.api;

/** A place where a charm can be related to another. */
public record Endpoint(String name, Role role, String protocol) {

    /** Which side of a relation an endpoint is. */
    public enum Role {
        PROVIDES,
        REQUIRES,
        PEERS
    }
}
