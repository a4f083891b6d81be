package io.livepatch.acceptance;

import java.time.Duration;
import java.util.Set;

/**
 * An attack without credentials: connections that all do the same.
 *
 * @param connections how many are open at once; one that ends is opened anew, at most {@link #REPEATS} times
 * @param sources from how many addresses they come, by turns
 * @param conduct what is done on each connection
 * @param pause how long an ended connection waits before it is opened anew
 * @param refusals reasons under which haproxy counts what it refuses of this; at least one of them; none where it need not refuse
 */
record Attack(
        String name,
        int connections,
        int sources,
        Target target,
        Conduct conduct,
        Duration pause,
        Set<String> refusals) {
    static final int REPEATS = 1_000;

    private static final int NEW_CONNECTIONS_PER_SECOND = 500;

    /** What is attacked, and how a connection to it begins. */
    enum Target {
        /** haproxy's HTTPS port; TLS, then HTTP/1.1. */
        HTTPS,
        /** haproxy's HTTPS port; TLS, then HTTP/2. */
        HTTPS_HTTP2,
        /** haproxy's HTTPS port, where TLS is not begun. */
        HTTPS_WITHOUT_TLS,
        /** haproxy's port that redirects to HTTPS. */
        REDIRECT,
        /** The unit, without haproxy. */
        UNIT
    }

    Attack {
        refusals = Set.copyOf(refusals);
    }

    static Attack on(Target target, String name, int connections, int sources, Conduct conduct, String... refusals) {
        Duration pause = Duration.ofSeconds(3 + connections / NEW_CONNECTIONS_PER_SECOND);
        return new Attack(name, connections, sources, target, conduct, pause, Set.of(refusals));
    }

    /** The same, with another pause before an ended connection is opened anew. */
    Attack pausing(Duration other) {
        return new Attack(name, connections, sources, target, conduct, other, refusals);
    }

    @Override
    public String toString() {
        return "%s (%s): %,d connections from %s"
                .formatted(name, target, connections, sources == 1 ? "one source" : sources + " sources");
    }
}
