package io.livepatch.supervisor;

import java.time.Duration;

/**
 * A probe that is repeated, with thresholds for the change between passing and failing.
 *
 * <p>A process that hangs (a deadlock, {@code kill -STOP}) gives no answer at all. After {@code failures} unanswered probes in a
 * row it is killed, see {@link #detectsHangWithin}: 7.2 s with the defaults. A busy process stays far below that: with 20 runnable
 * threads per processor a thread waits about 100 ms to run, and a collection of a 1 GiB heap takes less than a second.
 *
 * @param interval from the answer to one probe until the next; after an unanswered probe the next one follows sooner
 * @param startPeriod from launch; until the first success, failures within it are not counted
 * @param failures in a row that make the check fail
 * @param successes in a row that make it pass
 */
public record HealthCheck(
        Probe probe, Duration interval, Duration timeout, Duration startPeriod, int failures, int successes) {

    public static final Duration DEFAULT_INTERVAL = Duration.ofSeconds(1);
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(2);
    /** Enough for a JVM or a recovering database. */
    public static final Duration DEFAULT_START_PERIOD = Duration.ofMinutes(1);

    public static final int DEFAULT_FAILURES = 3;
    private static final int MAX_COUNT = 1000;

    /** Short, since the unanswered probe has already waited for its timeout. */
    private static final Duration RETRY_INTERVAL = Duration.ofMillis(100);

    public HealthCheck {
        Preconditions.positive(interval, "interval of the health check");
        Preconditions.positive(timeout, "timeout of the health check");
        Preconditions.that(!startPeriod.isNegative(), "start period", startPeriod, "it must not be negative");
        Preconditions.that(
                failures >= 1 && failures <= MAX_COUNT, "number of failures", failures, "from 1 to " + MAX_COUNT);
        Preconditions.that(
                successes >= 1 && successes <= MAX_COUNT, "number of successes", successes, "from 1 to " + MAX_COUNT);
    }

    /** The delay after an unanswered probe, and before the first success: the interval, but at most 100 ms. */
    public Duration retryInterval() {
        return interval.compareTo(RETRY_INTERVAL) < 0 ? interval : RETRY_INTERVAL;
    }

    /** The longest time until a process that stops answering is found to hang. */
    public Duration detectsHangWithin() {
        return interval.plus(timeout.multipliedBy(failures))
                .plus(retryInterval().multipliedBy(failures - 1L));
    }

    /** For readiness: one result changes the state. */
    public static HealthCheck prompt(Probe probe, Duration interval, Duration timeout) {
        return new HealthCheck(probe, interval, timeout, Duration.ZERO, 1, 1);
    }

    /** For liveness: every second, fails after three failures in a row. */
    public static HealthCheck patient(Probe probe) {
        return new HealthCheck(probe, DEFAULT_INTERVAL, DEFAULT_TIMEOUT, DEFAULT_START_PERIOD, DEFAULT_FAILURES, 1);
    }
}
