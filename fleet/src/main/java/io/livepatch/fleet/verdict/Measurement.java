package io.livepatch.fleet.verdict;

import java.util.OptionalDouble;

/**
 * A number, times in nanoseconds, and what to say about it.
 *
 * @param value none if there was nothing to measure, which fails whatever was asked for: what did not happen proves nothing
 */
record Measurement(OptionalDouble value, String words) {
    static Measurement of(double value, String words) {
        return new Measurement(OptionalDouble.of(value), words);
    }

    static Measurement of(long value, String words) {
        return of((double) value, words);
    }

    static Measurement nothing(String words) {
        return new Measurement(OptionalDouble.empty(), words);
    }
}
