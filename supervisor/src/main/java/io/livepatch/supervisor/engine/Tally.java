package io.livepatch.supervisor.engine;

import io.livepatch.supervisor.HealthCheck;
import java.time.Duration;

/**
 * What the looks at one process have come to.
 *
 * @param proven whether one has ever passed
 */
record Tally(int passes, int failures, boolean proven) {

    static final Tally NONE = new Tally(0, 0, false);

    Tally pass() {
        return new Tally(passes + 1, 0, true);
    }

    Tally fail() {
        return new Tally(0, failures + 1, proven);
    }

    /** A failure that is not counted, but ends a row of passes. */
    Tally excuse() {
        return new Tally(0, failures, proven);
    }

    boolean good(HealthCheck check) {
        return passes >= check.successes();
    }

    boolean bad(HealthCheck check) {
        return failures >= check.failures();
    }

    /** Before the first success nothing counts, for as long as a start may take. */
    boolean excused(HealthCheck check, Duration uptime) {
        return !proven && uptime.compareTo(check.startPeriod()) < 0;
    }
}
