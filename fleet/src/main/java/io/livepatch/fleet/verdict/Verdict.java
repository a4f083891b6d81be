package io.livepatch.fleet.verdict;

import io.livepatch.fleet.figures.Figures;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Threshold;
import io.livepatch.fleet.flock.Threshold.Bound;
import java.util.List;

/**
 * What a run has shown.
 *
 * @param warnings reasons to doubt the numbers; they fail nothing
 */
public record Verdict(List<Check> checks, List<String> warnings) {
    /** What is asked of a flock that names nothing. */
    public static final Threshold NO_ERRORS = Threshold.parse("errors == 0");

    public Verdict {
        checks = List.copyOf(checks);
        warnings = List.copyOf(warnings);
    }

    public static Verdict of(Flock flock, Figures figures) {
        return of(flock, figures, flock.thresholds().isEmpty() ? List.of(NO_ERRORS) : flock.thresholds());
    }

    /** Against other thresholds than the flock's own. */
    public static Verdict of(Flock flock, Figures figures, List<Threshold> thresholds) {
        List<Check> checks =
                thresholds.stream().map(threshold -> check(threshold, figures)).toList();
        return new Verdict(checks, Doubts.about(flock, figures));
    }

    /** Compares a measurement with what was asked for. */
    private static Check check(Threshold threshold, Figures figures) {
        Measured measured = new Measuring(figures).of(threshold.metric());
        boolean passed = measured.value().isPresent()
                && holds(measured.value().getAsDouble(), threshold.comparison(), bound(threshold.bound(), figures));
        return new Check(threshold.text(), measured.words(), passed);
    }

    private static double bound(Bound bound, Figures figures) {
        return switch (bound) {
            case Bound.Time(var value) -> value.toNanos();
            case Bound.Count(double value) -> value;
            case Bound.OfOffered(double factor) -> factor * figures.offered();
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
}
