package io.livepatch.haproxy.model;

import java.time.Duration;

/**
 * The health check of a backend's servers: {@code GET path} must answer 200.
 *
 * @param interval between checks of a server whose state is settled
 * @param fastInterval between checks while its state is changing
 * @param fall failed checks in a row after which a server is down, 1 to 100
 * @param rise passed checks in a row after which it is up again, 1 to 100
 */
public record HealthCheck(String path, Duration interval, Duration fastInterval, Duration timeout, int fall, int rise) {
    /** Intervals of 1 s and 250 ms, a time-out of 2 s: a server that answers 503 gets no new requests after at most 1.25 s. */
    public static HealthCheck of(String path) {
        return new HealthCheck(path, Duration.ofSeconds(1), Duration.ofMillis(250), Duration.ofSeconds(2), 2, 2);
    }

    public HealthCheck {
        new Violations("health check '" + path + "'")
                .unless(path.equals("/") || ConfigSyntax.isRoute(path), "the path is not " + ConfigSyntax.ROUTE_RULE)
                .unless(ConfigSyntax.isDuration(interval), "interval must be " + ConfigSyntax.DURATION_RULE)
                .unless(ConfigSyntax.isDuration(fastInterval), "fast interval must be " + ConfigSyntax.DURATION_RULE)
                .unless(ConfigSyntax.isDuration(timeout), "timeout must be " + ConfigSyntax.DURATION_RULE)
                .unless(fall >= 1 && fall <= 100, "fall " + fall + " is not between 1 and 100")
                .unless(rise >= 1 && rise <= 100, "rise " + rise + " is not between 1 and 100")
                .throwIfAny();
    }
}
