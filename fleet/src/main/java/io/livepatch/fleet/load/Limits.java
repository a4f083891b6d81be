package io.livepatch.fleet.load;

import java.time.Duration;

/**
 * What a flock may take of its process.
 *
 * @param underWay turns of an open load that have begun or wait for a free monkey; what is due beyond that fails as "overload", so that a dead server
 *     does not fill the memory
 * @param grace how long turns may take to end when no more are begun
 */
public record Limits(int underWay, Duration grace) {
    public static final Limits USUAL = new Limits(50_000, Duration.ofSeconds(30));

    public Limits {
        if (underWay < 1 || grace.isNegative()) {
            throw new IllegalArgumentException(
                    "limits of '%d' turns and '%s' leave no room".formatted(underWay, grace));
        }
    }
}
