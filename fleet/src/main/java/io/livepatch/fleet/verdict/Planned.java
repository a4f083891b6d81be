package io.livepatch.fleet.verdict;

import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Load;
import io.livepatch.fleet.flock.Plan;
import java.time.Duration;
import java.util.Optional;

/** The plan of a flock from its common start to its end, after which nothing is due. */
public final class Planned {
    private final Plan plan;
    private final Duration end;

    private Planned(Plan plan, Duration end) {
        this.plan = plan;
        this.end = end;
    }

    /** None for a closed load, which has no plan. */
    public static Optional<Planned> of(Flock flock) {
        return flock.load() instanceof Load.Open open
                ? Optional.of(new Planned(Plan.of(open), flock.duration().orElse(Plan.NEVER)))
                : Optional.empty();
    }

    /** Turns that are due from one second to another. */
    public double between(long from, long to) {
        return until(to) - until(from);
    }

    private double until(long second) {
        Duration since = Duration.ofSeconds(second);
        return plan.turns(since.compareTo(end) < 0 ? since : end);
    }
}
