package io.livepatch.supervisor.engine;

import io.livepatch.supervisor.ReplacementReason;
import java.time.Instant;

/**
 * That a member be replaced: a place in the queue.
 *
 * @param attempts replacements that failed so far
 * @param notBefore when the next attempt may begin
 */
record ReplacementRequest(ReplacementReason reason, Instant since, int attempts, Instant notBefore) {

    static ReplacementRequest of(ReplacementReason reason, Instant now) {
        return new ReplacementRequest(reason, now, 0, now);
    }

    ReplacementRequest postponed(Instant until) {
        return new ReplacementRequest(reason, since, attempts + 1, until);
    }

    /** What nobody can be served by goes before what merely is old. */
    int rank() {
        return reason == ReplacementReason.HEALTH ? 0 : 1;
    }
}
