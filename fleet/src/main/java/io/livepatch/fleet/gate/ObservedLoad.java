package io.livepatch.fleet.gate;

import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.load.FlockRun;
import io.livepatch.fleet.stats.RunStats;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * A load that runs while a gate's command does.
 *
 * @param figures of all its replicas so far
 * @param ended whether nothing will be done any more
 */
public record ObservedLoad(Flock flock, Supplier<RunStats> figures, BooleanSupplier ended) {
    /** All of it on this replica. */
    public static ObservedLoad of(FlockRun run) {
        return new ObservedLoad(run.flock(), run::figures, run::ended);
    }
}
