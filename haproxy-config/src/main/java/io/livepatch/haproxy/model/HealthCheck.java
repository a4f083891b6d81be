package io.livepatch.haproxy.model;

import java.time.Duration;

/**
 * How haproxy finds out whether a server is ready: {@code GET path} must answer 200.
 *
 * @param interval between checks of a server whose state is settled
 * @param fastInterval between checks while its state is changing
 * @param fall failed checks in a row that take it out
 * @param rise passed checks in a row that take it back
 */
public record HealthCheck(String path, Duration interval, Duration fastInterval, Duration timeout, int fall, int rise) {
    /** Fast enough that a server that drains gets nothing new after at most 1.25 s. */
    public static HealthCheck of(String path) {
        return new HealthCheck(path, Duration.ofSeconds(1), Duration.ofMillis(250), Duration.ofSeconds(2), 2, 2);
    }

    public HealthCheck {
        new Problems("health check '" + path + "'")
                .unless(path.equals("/") || Grammar.isRoute(path), "the path is not " + Grammar.ROUTE_RULE)
                .unless(Grammar.isDuration(interval), "interval must be " + Grammar.DURATION_RULE)
                .unless(Grammar.isDuration(fastInterval), "fast interval must be " + Grammar.DURATION_RULE)
                .unless(Grammar.isDuration(timeout), "timeout must be " + Grammar.DURATION_RULE)
                .unless(fall >= 1 && fall <= 100, "fall " + fall + " is not between 1 and 100")
                .unless(rise >= 1 && rise <= 100, "rise " + rise + " is not between 1 and 100")
                .throwIfAny();
    }
}
