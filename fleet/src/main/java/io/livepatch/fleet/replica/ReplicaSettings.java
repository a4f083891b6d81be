package io.livepatch.fleet.replica;

import io.livepatch.common.config.Secret;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/**
 * Which part of a run this process is.
 *
 * @param run its name; processes of other runs are strangers
 * @param index from 0, and of no other process of the run
 * @param count of processes that the run is meant to have
 * @param address where the others reach this one's API
 * @param lostAfter who has given no sign of life for so long is lost, and others do its share
 * @param startTimeout how long the start waits for all to be there
 * @param token what the API wants from those who change something, the other replicas among them
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
                    "replica '%d' of '%d' cannot be: an index is from 0 to count - 1".formatted(index, count));
        }
        if (lostAfter.compareTo(Duration.ofSeconds(1)) < 0 || startTimeout.isNegative()) {
            throw new IllegalArgumentException(
                    "lost-after '%s' is less than a second, or start-timeout '%s' is negative"
                            .formatted(lostAfter, startTimeout));
        }
    }

    /** How often the others are asked: a few answers may be lost before a replica is. */
    Duration period() {
        return shorter(Duration.ofSeconds(1), lostAfter.dividedBy(5));
    }

    /** How long one of them is waited for. */
    Duration patience() {
        return shorter(Duration.ofSeconds(2), lostAfter.dividedBy(2));
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
