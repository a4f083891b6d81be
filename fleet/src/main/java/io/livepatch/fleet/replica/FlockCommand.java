package io.livepatch.fleet.replica;

import java.time.Instant;
import java.util.Comparator;
import java.util.Map;

/**
 * What has been decided about a flock, by whichever replica was asked. All of them follow the latest.
 *
 * @param id of this start of the flock; one that replaces it under the same name has another
 * @param revision one more with each decision about the name
 * @param by the replica that decided
 * @param begin the common start, by the common clock
 * @param refreshes how often it was to be refreshed
 * @param flock as {@link FlockCodec} writes it
 */
record FlockCommand(
        String id,
        String name,
        long revision,
        int by,
        Instant begin,
        boolean stopped,
        long refreshes,
        Map<String, Object> flock) {

    /** Of two decisions made at the same time one holds for all, and a stop rather than anything else. */
    private static final Comparator<FlockCommand> LATER = Comparator.comparingLong(FlockCommand::revision)
            .thenComparing(FlockCommand::stopped)
            .thenComparing(Comparator.comparingInt(FlockCommand::by).reversed());

    FlockCommand stop(int replica) {
        return new FlockCommand(id, name, revision + 1, replica, begin, true, refreshes, flock);
    }

    FlockCommand refresh(int replica) {
        return new FlockCommand(id, name, revision + 1, replica, begin, stopped, refreshes + 1, flock);
    }

    static FlockCommand later(FlockCommand one, FlockCommand other) {
        return LATER.compare(one, other) >= 0 ? one : other;
    }
}
