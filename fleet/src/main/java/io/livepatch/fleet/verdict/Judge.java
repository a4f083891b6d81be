package io.livepatch.fleet.verdict;

import io.livepatch.fleet.figures.Figures;
import io.livepatch.fleet.flock.Threshold;
import io.livepatch.fleet.flock.Threshold.Bound;

/** Compares what was measured with what was asked for. */
final class Judge {
    private final Figures figures;

    Judge(Figures figures) {
        this.figures = figures;
    }

    Check check(Threshold threshold) {
        Measured measured = new Measuring(figures).of(threshold.metric());
        boolean passed = measured.value().isPresent()
                && holds(measured.value().getAsDouble(), threshold.comparison(), bound(threshold.bound()));
        return new Check(threshold.text(), measured.words(), passed);
    }

    private double bound(Bound bound) {
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
}
