package io.livepatch.fleet.replica;

import io.livepatch.common.config.Secret;
import java.net.URI;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * The place of this process in a run.
 *
 * @param run its name
 * @param index from 0, unique in the run
 * @param count of replicas that the run is to have
 * @param address of this replica's API, for the others
 * @param lostAfter a replica that is silent for so long is lost, and the others take its share
 * @param startTimeout how long the start waits for all replicas
 * @param token of the API, required for changes and gossip
 * @param startDelay from the command that starts a flock to its begin, so that all replicas know it by then
 */
public record ReplicaSettings(
        String run,
        int index,
        int count,
        URI address,
        Duration lostAfter,
        Duration startTimeout,
        Optional<Secret> token,
        Duration startDelay) {
    private static final Duration START_DELAY = Duration.ofSeconds(2);

    /** Settings with a start delay of 2 s, enough for a load to be ready when its first iteration is due. */
    public ReplicaSettings(
            String run,
            int index,
            int count,
            URI address,
            Duration lostAfter,
            Duration startTimeout,
            Optional<Secret> token) {
        this(run, index, count, address, lostAfter, startTimeout, token, START_DELAY);
    }

    public ReplicaSettings {
        if (count < 1 || index < 0 || index >= count) {
            throw new IllegalArgumentException(
                    "replica '%d' of '%d' is out of range: an index is from 0 to count - 1".formatted(index, count));
        }
        if (lostAfter.compareTo(Duration.ofSeconds(1)) < 0 || startTimeout.isNegative()) {
            throw new IllegalArgumentException(
                    "lost-after '%s' is less than a second, or start-timeout '%s' is negative"
                            .formatted(lostAfter, startTimeout));
        }
    }

    /** Of gossip: several messages may be lost before a replica is. */
    Duration period() {
        return Collections.min(List.of(Duration.ofSeconds(1), lostAfter.dividedBy(5)));
    }

    /** Of a request to another replica. */
    Duration requestTimeout() {
        return Collections.min(List.of(Duration.ofSeconds(2), lostAfter.dividedBy(2)));
    }
}
