package io.livepatch.fleet.gate;

import io.livepatch.fleet.figures.Figures;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.load.FlockRun;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * A load that runs while a gate's command does.
 *
 * @param figures of all its replicas so far
 * @param ended whether nothing will be done any more
 */
public record Watched(Flock flock, Supplier<Figures> figures, BooleanSupplier ended) {
    /** All of it on this replica. */
    public static Watched of(FlockRun run) {
        return new Watched(run.flock(), run::figures, run::ended);
    }
}
