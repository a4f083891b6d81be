package io.livepatch.fleet.verdict;

import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Threshold;
import io.livepatch.fleet.flock.Threshold.Bound;
import io.livepatch.fleet.stats.RunStats;
import io.livepatch.fleet.verdict.MetricLookup.Measurement;
import java.util.List;

/**
 * The evaluation of a run.
 *
 * @param warnings reasons to doubt the measurements; they do not fail the run
 */
public record Verdict(List<Check> checks, List<String> warnings) {
    /** The threshold of a flock without thresholds. */
    public static final Threshold NO_ERRORS = Threshold.parse("errors == 0");

    public Verdict {
        checks = List.copyOf(checks);
        warnings = List.copyOf(warnings);
    }

    public static Verdict of(Flock flock, RunStats runStats) {
        return of(flock, runStats, flock.thresholds().isEmpty() ? List.of(NO_ERRORS) : flock.thresholds());
    }

    /** Evaluates other thresholds than those of the flock. */
    public static Verdict of(Flock flock, RunStats runStats, List<Threshold> thresholds) {
        List<Check> checks =
                thresholds.stream().map(threshold -> check(threshold, runStats)).toList();
        return new Verdict(checks, Warnings.of(flock, runStats));
    }

    private static Check check(Threshold threshold, RunStats runStats) {
        Measurement measurement = new MetricLookup(runStats).of(threshold.metric());
        boolean passed = measurement.value().isPresent()
                && holds(measurement.value().getAsDouble(), threshold.comparison(), bound(threshold.bound(), runStats));
        return new Check(threshold.text(), measurement.words(), passed);
    }

    private static double bound(Bound bound, RunStats runStats) {
        return switch (bound) {
            case Bound.Time(var value) -> value.toNanos();
            case Bound.Count(double value) -> value;
            case Bound.OfOffered(double factor) -> factor * runStats.offered();
        };
    }

    private static boolean holds(double value, Threshold.Comparison comparison, double bound) {
        return switch (comparison) {
            case LESS -> value < bound;
            case AT_MOST -> value <= bound;
            case EQUAL -> value == bound;
            case AT_LEAST -> value >= bound;
            case MORE -> value > bound;
        };
    }

    public boolean passed() {
        return checks.stream().allMatch(Check::passed);
    }

    /**
     * The result of one threshold.
     *
     * @param threshold as written
     * @param measured value and sample size, in words
     */
    public record Check(String threshold, String measured, boolean passed) {}
}
