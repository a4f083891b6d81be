package io.livepatch.fleet.verdict;

import io.livepatch.fleet.flock.ArrivalCurve;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Load;
import java.time.Duration;
import java.util.Optional;

/** The expected iterations of a flock over time, until its end. */
public final class PlannedLoad {
    private final ArrivalCurve arrivalCurve;
    private final Duration end;

    private PlannedLoad(ArrivalCurve arrivalCurve, Duration end) {
        this.arrivalCurve = arrivalCurve;
        this.end = end;
    }

    /** Empty for a closed load. */
    public static Optional<PlannedLoad> of(Flock flock) {
        return flock.load() instanceof Load.Open open
                ? Optional.of(
                        new PlannedLoad(ArrivalCurve.of(open), flock.duration().orElse(ArrivalCurve.NEVER)))
                : Optional.empty();
    }

    /** The iterations that are due between two seconds. */
    public double between(long from, long to) {
        return until(to) - until(from);
    }

    private double until(long second) {
        Duration since = Duration.ofSeconds(second);
        return arrivalCurve.iterations(since.compareTo(end) < 0 ? since : end);
    }
}
