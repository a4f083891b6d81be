package io.livepatch.fleet.flock;

import java.time.Duration;
import java.util.Optional;

/**
 * What must hold for a run to have succeeded: {@code p99 < 50ms}, {@code errors == 0}, {@code achieved >= 0.98 * offered}.
 *
 * @param text as it was written
 */
public record Threshold(String text, Metric metric, Comparison comparison, Bound bound) {

    /**
     * Reads what is written as {@code metric comparison bound}.
     * <ul>
     *   <li>Metrics of time: {@code p50}, {@code p99.9}, {@code max}, {@code mean}; of a step {@code check-in.p99}; without the wait for the
     *       turn's begin {@code service.p99}; both {@code service.check-in.p99}. Bounds are durations: {@code 50ms}.
     *   <li>{@code errors}, {@code errors(timeout)}, {@code refusals}, with a whole number; {@code error-rate}, with {@code 0.1%} or {@code 0.001}.
     *   <li>{@code achieved}, with {@code 0.98 * offered}, {@code 0.98 × offered}, {@code 98% offered}, or a whole number.
     *   <li>Comparisons: {@code < <= ≤ == >= ≥ >}.
     * </ul>
     *
     * @throws IllegalArgumentException with a message that quotes the text and names what was expected
     */
    public static Threshold parse(String text) {
        return ThresholdGrammar.parse(text);
    }

    /** What is compared. */
    public sealed interface Metric {

        /**
         * Of the response time, counted from the intended moment, unless {@code service} is asked for.
         *
         * @param percent 0 to 100; 100 is the maximum
         * @param step all of a turn, if none is named
         */
        record Percentile(double percent, boolean service, Optional<String> step) implements Metric {}

        /** Of the response time. */
        record Mean(boolean service, Optional<String> step) implements Metric {}

        /** Turns that failed; of one kind, if it is named. */
        record Errors(Optional<String> kind) implements Metric {}

        /** Turns that failed, as a part of all that ended. */
        record ErrorRate() implements Metric {}

        /** Answers 429 and 503 that told a machine to come back later. */
        record Refusals() implements Metric {}

        /** Turns that came to an end, well or not, of those that were due. */
        record Achieved() implements Metric {}
    }

    /** How. */
    public enum Comparison {
        LESS,
        AT_MOST,
        EQUAL,
        AT_LEAST,
        MORE
    }

    /** With what. */
    public sealed interface Bound {
        record Time(Duration value) implements Bound {}

        /** A number; for the error rate a part of one. */
        record Count(double value) implements Bound {}

        /** So many times the turns that were due. */
        record OfOffered(double factor) implements Bound {}
    }

    /** The text as it was written. */
    @Override
    public String toString() {
        return text;
    }
}
