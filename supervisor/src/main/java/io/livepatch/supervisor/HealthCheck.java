package io.livepatch.supervisor;

import java.time.Duration;

/**
 * How a worker is looked at, again and again, and what it takes to change one's mind about it. Nothing counts before the first
 * success, for at most {@code startPeriod}.
 *
 * <p>A process that hangs (a deadlock, {@code kill -STOP}) gives no answer at all. After {@code failures} looks in a row without
 * any it is killed, see {@link #noticesSilenceWithin}: 7.2 s with the defaults. That is far from what a busy process needs: with
 * 20 runnable threads per processor a thread waits some 100 ms for its turn, and a collection of a heap of 1 GiB takes less than
 * one second, while here not one of three requests may be answered for 6 s.
 *
 * @param interval from the answer to one look until the next; after a look without any answer the next one follows sooner
 * @param timeout how long a look may take
 * @param startPeriod from launch; failures within it are not counted until the first success
 * @param failures how many in a row turn a yes into a no
 * @param successes how many in a row turn a no into a yes
 */
public record HealthCheck(
        Probe probe, Duration interval, Duration timeout, Duration startPeriod, int failures, int successes) {

    public static final Duration DEFAULT_INTERVAL = Duration.ofSeconds(1);
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(2);
    /** What a JVM or a recovering database may need. */
    public static final Duration DEFAULT_START_PERIOD = Duration.ofMinutes(1);

    public static final int DEFAULT_FAILURES = 3;
    private static final int MOST = 1000;

    /** The timeout of the look before has already taken its time. */
    private static final Duration AFTER_SILENCE = Duration.ofMillis(100);

    public HealthCheck {
        Preconditions.positive(interval, "interval of the health check");
        Preconditions.positive(timeout, "timeout of the health check");
        Preconditions.that(!startPeriod.isNegative(), "start period", startPeriod, "it must not be negative");
        Preconditions.that(failures >= 1 && failures <= MOST, "number of failures", failures, "from 1 to " + MOST);
        Preconditions.that(successes >= 1 && successes <= MOST, "number of successes", successes, "from 1 to " + MOST);
    }

    /** From a look without any answer, or before the first success, until the next one: the interval, but at most 100 ms. */
    public Duration afterSilence() {
        return interval.compareTo(AFTER_SILENCE) < 0 ? interval : AFTER_SILENCE;
    }

    /** After which time at the latest a process that gives no answer any more is known to hang. */
    public Duration noticesSilenceWithin() {
        return interval.plus(timeout.multipliedBy(failures)).plus(afterSilence().multipliedBy(failures - 1L));
    }

    /** For readiness: each look counts at once, whatever it says. */
    public static HealthCheck prompt(Probe probe, Duration interval, Duration timeout) {
        return new HealthCheck(probe, interval, timeout, Duration.ZERO, 1, 1);
    }

    /** For liveness: every second, three failures in a row. */
    public static HealthCheck patient(Probe probe) {
        return new HealthCheck(probe, DEFAULT_INTERVAL, DEFAULT_TIMEOUT, DEFAULT_START_PERIOD, DEFAULT_FAILURES, 1);
    }
}
