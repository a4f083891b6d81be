package io.livepatch.fleet.api;

import io.livepatch.fleet.replica.FlockView;
import io.livepatch.fleet.replica.RunView;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;

/** What a flock is. Mobu's fields, and ours. */
record FlockDocument(
        String name,
        Map<String, Object> config,
        FlockView.State state,
        Instant startTime,
        List<String> problems,
        SortedSet<Integer> missingReplicas) {

    static FlockDocument of(FlockView flock, RunView run) {
        return new FlockDocument(
                flock.flock().name(), flock.written(), flock.state(), flock.begin(), flock.problems(), run.missing());
    }
}
