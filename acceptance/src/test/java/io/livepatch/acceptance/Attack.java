package io.livepatch.acceptance;

import java.time.Duration;
import java.util.Set;

/**
 * An attack by clients without credentials: a number of connections with the same behavior.
 *
 * @param connections number of open connections; a closed one is reopened, at most {@link #REPEATS} times
 * @param sources number of source addresses, used in rotation
 * @param behavior traffic of each connection
 * @param pause time between the end of a connection and its reopening
 * @param refusals reasons of which haproxy must count at least one; empty where haproxy need not refuse the attack
 */
record Attack(
        String name,
        int connections,
        int sources,
        Target target,
        AttackBehavior behavior,
        Duration pause,
        Set<String> refusals) {
    static final int REPEATS = 1_000;

    private static final int NEW_CONNECTIONS_PER_SECOND = 500;

    /** The attacked port and the protocol spoken to it. */
    enum Target {
        /** haproxy's HTTPS port; TLS, then HTTP/1.1. */
        HTTPS,
        /** haproxy's HTTPS port; TLS, then HTTP/2. */
        HTTPS_HTTP2,
        /** haproxy's HTTPS port, without a TLS handshake by the client library. */
        HTTPS_WITHOUT_TLS,
        /** haproxy's port that redirects to HTTPS. */
        REDIRECT,
        /** The unit, without haproxy. */
        UNIT
    }

    Attack {
        refusals = Set.copyOf(refusals);
    }

    static Attack on(
            Target target, String name, int connections, int sources, AttackBehavior behavior, String... refusals) {
        Duration pause = Duration.ofSeconds(3 + connections / NEW_CONNECTIONS_PER_SECOND);
        return new Attack(name, connections, sources, target, behavior, pause, Set.of(refusals));
    }

    /** A copy with another pause before a closed connection is reopened. */
    Attack pausing(Duration other) {
        return new Attack(name, connections, sources, target, behavior, other, refusals);
    }

    @Override
    public String toString() {
        return "%s (%s): %,d connections from %s"
                .formatted(name, target, connections, sources == 1 ? "one source" : sources + " sources");
    }
}
