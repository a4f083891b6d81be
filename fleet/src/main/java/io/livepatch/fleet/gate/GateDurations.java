package io.livepatch.fleet.gate;

import java.time.Duration;

/**
 * How long a gate takes.
 *
 * @param warm the load runs, and shows what is usual
 * @param command the command has ended by then, or is ended
 * @param after the load goes on, since what a change breaks often breaks late
 * @param settle turns that were due have ended by then, or are counted as lost
 */
public record GateDurations(Duration warm, Duration command, Duration after, Duration settle) {
    public static final GateDurations USUAL = new GateDurations(
            Duration.ofSeconds(5), Duration.ofMinutes(10), Duration.ofSeconds(10), Duration.ofSeconds(10));

    public GateDurations {
        if (!warm.isPositive() || !command.isPositive() || after.isNegative() || settle.isNegative()) {
            throw new IllegalArgumentException(
                    "a gate needs time to warm up and for its command, and no negative times: warm '%s', command '%s', after '%s', settle '%s'"
                            .formatted(warm, command, after, settle));
        }
    }
}
