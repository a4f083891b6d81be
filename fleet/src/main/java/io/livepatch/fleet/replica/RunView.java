package io.livepatch.fleet.replica;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;

/**
 * The whole run, as every replica sees it.
 *
 * @param missing replicas of which only the past is known
 * @param flocks by name, with those that were stopped
 * @param belowTarget how long less load was offered than asked for, since replicas were lost
 */
public record RunView(
        String run,
        SortedSet<Integer> missing,
        List<FlockView> flocks,
        List<LoadGap> shortfalls,
        Duration belowTarget,
        List<Annotation> marks,
        List<ReplicaInfo> replicas) {

    /** One that is to run, or has ended by itself. */
    public Optional<FlockView> flock(String name) {
        return standing().stream()
                .filter(flock -> flock.flock().name().equals(name))
                .findFirst();
    }

    /** Without those that were stopped. */
    public List<FlockView> standing() {
        return flocks.stream()
                .filter(flock -> flock.state() != FlockView.State.STOPPED)
                .toList();
    }
}
