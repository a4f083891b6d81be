package io.livepatch.fleet.flock;

import java.time.Duration;

/** A part of an open load: the rate goes in a straight line from the first to the last. */
public record Stage(Duration length, Rate from, Rate to) {
    public Stage {
        if (!length.isPositive()) {
            throw new IllegalArgumentException("a stage of '%s' is no time at all".formatted(length));
        }
    }
}
