package io.livepatch.fleet.flock;

import io.livepatch.fleet.flock.Load.Stage;
import java.time.Duration;
import java.util.List;

/** The expected number of iterations of an open load over time: the integral of the rate of its stages. Deterministic. */
public final class ArrivalCurve {
    /** A time that no run reaches; a century, so that additions do not overflow. */
    public static final Duration NEVER = Duration.ofDays(36_500);

    private static final double NANOS = 1e9;

    private final List<Stage> stages;

    private ArrivalCurve(List<Stage> stages) {
        this.stages = stages;
    }

    public static ArrivalCurve of(Load.Open load) {
        return new ArrivalCurve(load.stages());
    }

    /** The number of iterations that are due from the common start to a time after it. */
    public double iterations(Duration sinceStart) {
        double iterations = 0;
        double left = seconds(sinceStart);
        for (Stage stage : stages) {
            if (left <= 0) {
                return iterations;
            }
            iterations += iterations(stage, Math.min(left, seconds(stage.length())));
            left -= seconds(stage.length());
        }
        return iterations + Math.max(0, left) * last();
    }

    /** The first time at which so many iterations are due, or {@link #NEVER}. */
    public Duration moment(double iterations) {
        double before = 0;
        double left = iterations;
        for (Stage stage : stages) {
            double within = iterations(stage, seconds(stage.length()));
            if (left <= within) {
                return duration(before + moment(stage, left));
            }
            left -= within;
            before += seconds(stage.length());
        }
        return last() == 0 ? NEVER : duration(before + left / last());
    }

    /** Iterations per second at a time after the common start. */
    public double rate(Duration sinceStart) {
        double left = seconds(sinceStart);
        for (Stage stage : stages) {
            double length = seconds(stage.length());
            if (left < length) {
                return stage.from().perSecond() + slope(stage) * Math.max(0, left);
            }
            left -= length;
        }
        return last();
    }

    private static double iterations(Stage stage, double seconds) {
        return (stage.from().perSecond() + slope(stage) * seconds / 2) * seconds;
    }

    private static double moment(Stage stage, double iterations) {
        if (iterations <= 0) {
            return 0;
        }
        // This form of the quadratic's root also works for a constant rate. Rounding may put it below zero or beyond
        // the end.
        double from = stage.from().perSecond();
        double root = Math.sqrt(Math.max(0, from * from + 2 * slope(stage) * iterations));
        return Math.min(2 * iterations / (from + root), seconds(stage.length()));
    }

    private static double slope(Stage stage) {
        return (stage.to().perSecond() - stage.from().perSecond()) / seconds(stage.length());
    }

    private double last() {
        return stages.getLast().to().perSecond();
    }

    private static double seconds(Duration duration) {
        return duration.toSeconds() + duration.toNanosPart() / NANOS;
    }

    private static Duration duration(double seconds) {
        return seconds >= NEVER.toSeconds() ? NEVER : Duration.ofNanos(Math.round(seconds * NANOS));
    }
}
