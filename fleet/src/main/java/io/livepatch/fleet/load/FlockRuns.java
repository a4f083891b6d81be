package io.livepatch.fleet.load;

import io.livepatch.fleet.division.FlockPartition;
import io.livepatch.fleet.flock.Flock;
import java.time.Instant;

/** Starts flocks on this replica. */
public interface FlockRuns {

    /**
     * Returns at once; the flock lives until it is closed.
     *
     * @param begin the common start; one that has passed is caught up with, without doing again what would have been done by then
     */
    FlockRun start(Flock flock, FlockPartition flockPartition, Instant begin);
}
