package io.livepatch.supervisor;

import java.time.Duration;

/**
 * How a worker is looked at, again and again, and what it takes to change one's mind about it. Nothing counts before the first
 * success, for at most {@code startPeriod}.
 *
 * @param interval from the answer to one look until the next
 * @param timeout how long a look may take
 * @param startPeriod from launch; failures within it are not counted until the first success
 * @param failures how many in a row turn a yes into a no
 * @param successes how many in a row turn a no into a yes
 */
public record HealthCheck(
        Probe probe, Duration interval, Duration timeout, Duration startPeriod, int failures, int successes) {

    public static final Duration DEFAULT_INTERVAL = Duration.ofSeconds(1);
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(3);
    /** What a JVM or a recovering database may need. */
    public static final Duration DEFAULT_START_PERIOD = Duration.ofMinutes(1);

    public static final int DEFAULT_FAILURES = 3;
    private static final int MOST = 1000;

    public HealthCheck {
        Require.positive(interval, "interval of the health check");
        Require.positive(timeout, "timeout of the health check");
        Require.that(!startPeriod.isNegative(), "start period", startPeriod, "it must not be negative");
        Require.that(failures >= 1 && failures <= MOST, "number of failures", failures, "from 1 to " + MOST);
        Require.that(successes >= 1 && successes <= MOST, "number of successes", successes, "from 1 to " + MOST);
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
