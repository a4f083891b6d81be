package io.livepatch.fleet.verdict;

import io.livepatch.fleet.flock.ArrivalCurve;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Load;
import java.time.Duration;
import java.util.Optional;

/** The plan of a flock from its common start to its end, after which nothing is due. */
public final class PlannedLoad {
    private final ArrivalCurve arrivalCurve;
    private final Duration end;

    private PlannedLoad(ArrivalCurve arrivalCurve, Duration end) {
        this.arrivalCurve = arrivalCurve;
        this.end = end;
    }

    /** None for a closed load, which has no plan. */
    public static Optional<PlannedLoad> of(Flock flock) {
        return flock.load() instanceof Load.Open open
                ? Optional.of(
                        new PlannedLoad(ArrivalCurve.of(open), flock.duration().orElse(ArrivalCurve.NEVER)))
                : Optional.empty();
    }

    /** Turns that are due from one second to another. */
    public double between(long from, long to) {
        return until(to) - until(from);
    }

    private double until(long second) {
        Duration since = Duration.ofSeconds(second);
        return arrivalCurve.turns(since.compareTo(end) < 0 ? since : end);
    }
}
