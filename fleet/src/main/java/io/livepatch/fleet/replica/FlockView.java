package io.livepatch.fleet.replica;

import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.stats.RunStats;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * One flock, over all replicas.
 *
 * @param written the flock in the keys of its YAML
 * @param problems why replicas cannot run it
 */
public record FlockView(
        Flock flock, Map<String, Object> written, Instant begin, State state, RunStats figures, List<String> problems) {

    /** From being put to its end. */
    public enum State {
        /** The common start is still to come. */
        WAITING,
        RUNNING,
        /** Everything was done. */
        ENDED,
        /** Somebody ended it. */
        STOPPED
    }
}
