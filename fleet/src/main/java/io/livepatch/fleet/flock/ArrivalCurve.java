package io.livepatch.fleet.flock;

import io.livepatch.fleet.flock.Load.Stage;
import java.time.Duration;
import java.util.List;

/** How many turns of an open load are due by when, on average: the area under its stages. Nothing in it is chance. */
public final class ArrivalCurve {
    /** A moment that no run reaches; a century, so that whoever adds to it does not overflow. */
    public static final Duration NEVER = Duration.ofDays(36_500);

    private static final double NANOS = 1e9;

    private final List<Stage> stages;

    private ArrivalCurve(List<Stage> stages) {
        this.stages = stages;
    }

    public static ArrivalCurve of(Load.Open load) {
        return new ArrivalCurve(load.stages());
    }

    /** How many are due from the common start up to a moment after it. */
    public double turns(Duration sinceStart) {
        double turns = 0;
        double left = seconds(sinceStart);
        for (Stage stage : stages) {
            if (left <= 0) {
                return turns;
            }
            turns += turns(stage, Math.min(left, seconds(stage.length())));
            left -= seconds(stage.length());
        }
        return turns + Math.max(0, left) * last();
    }

    /** The first moment at which so many are due; {@link #NEVER} if it does not come. */
    public Duration moment(double turns) {
        double before = 0;
        double left = turns;
        for (Stage stage : stages) {
            double within = turns(stage, seconds(stage.length()));
            if (left <= within) {
                return duration(before + moment(stage, left));
            }
            left -= within;
            before += seconds(stage.length());
        }
        return last() == 0 ? NEVER : duration(before + left / last());
    }

    /** Turns in a second, at a moment after the common start. */
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

    private static double turns(Stage stage, double seconds) {
        return (stage.from().perSecond() + slope(stage) * seconds / 2) * seconds;
    }

    private static double moment(Stage stage, double turns) {
        if (turns <= 0) {
            return 0;
        }
        // The root of the quadratic in the form that is exact for a level stage, too; rounding may take it just below
        // zero or beyond the end.
        double from = stage.from().perSecond();
        double root = Math.sqrt(Math.max(0, from * from + 2 * slope(stage) * turns));
        return Math.min(2 * turns / (from + root), seconds(stage.length()));
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
