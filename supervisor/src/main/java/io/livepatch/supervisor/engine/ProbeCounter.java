package io.livepatch.supervisor.engine;

import io.livepatch.supervisor.HealthCheck;
import io.livepatch.supervisor.probe.ProbeFailure;
import java.time.Duration;

/**
 * What the looks at one process have come to.
 *
 * @param failures in a row
 * @param silences how many of the latest failures in a row had no answer at all
 * @param proven whether one has ever passed
 */
record ProbeCounter(int passes, int failures, int silences, boolean proven) {

    static final ProbeCounter NONE = new ProbeCounter(0, 0, 0, false);

    ProbeCounter pass() {
        return new ProbeCounter(passes + 1, 0, 0, true);
    }

    ProbeCounter fail(ProbeFailure failure) {
        return new ProbeCounter(0, failures + 1, failure.silent() ? silences + 1 : 0, proven);
    }

    /** A failure that is not counted, but ends a row of passes. */
    ProbeCounter excuse() {
        return new ProbeCounter(0, failures, silences, proven);
    }

    boolean good(HealthCheck check) {
        return passes >= check.successes();
    }

    boolean bad(HealthCheck check) {
        return failures >= check.failures();
    }

    /** So many looks in a row without any answer that the process hangs. */
    boolean hung(HealthCheck check) {
        return silences >= check.failures();
    }

    /** Before the first success nothing counts, for as long as a start may take. */
    boolean excused(HealthCheck check, Duration uptime) {
        return !proven && uptime.compareTo(check.startPeriod()) < 0;
    }
}
