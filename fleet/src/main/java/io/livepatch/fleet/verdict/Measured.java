package io.livepatch.fleet.verdict;

import java.util.OptionalDouble;

/**
 * A number, times in nanoseconds, and what to say about it.
 *
 * @param value none if there was nothing to measure, which fails whatever was asked for: what did not happen proves nothing
 */
record Measured(OptionalDouble value, String words) {
    static Measured of(double value, String words) {
        return new Measured(OptionalDouble.of(value), words);
    }

    static Measured of(long value, String words) {
        return of((double) value, words);
    }

    static Measured nothing(String words) {
        return new Measured(OptionalDouble.empty(), words);
    }
}
