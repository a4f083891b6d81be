package io.livepatch.supervisor.engine;

import io.livepatch.supervisor.Reason;
import java.time.Instant;

/**
 * That a member be replaced: a place in the queue.
 *
 * @param attempts replacements that failed so far
 * @param notBefore when the next attempt may begin
 */
record Wish(Reason reason, Instant since, int attempts, Instant notBefore) {

    static Wish of(Reason reason, Instant now) {
        return new Wish(reason, now, 0, now);
    }

    Wish postponed(Instant until) {
        return new Wish(reason, since, attempts + 1, until);
    }

    /** What nobody can be served by goes before what merely is old. */
    int rank() {
        return reason == Reason.HEALTH ? 0 : 1;
    }
}
