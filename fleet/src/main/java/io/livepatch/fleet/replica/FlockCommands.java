package io.livepatch.fleet.replica;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.UnaryOperator;

/** The latest decision about each flock, of all that are known here. Thread-safe. */
final class FlockCommands {
    private static final int MAX = 1000;

    private final int replica;
    private final Map<String, FlockCommand> byName = new ConcurrentSkipListMap<>();

    FlockCommands(int replica) {
        this.replica = replica;
    }

    /** The flock is to run from then on, in place of any other of its name. */
    FlockCommand begin(String name, Map<String, Object> flock, Instant begin) {
        if (byName.size() >= MAX && !byName.containsKey(name)) {
            throw new ReplicaException.Full(
                    "there have been %d flocks already, with figures kept of each; start another run".formatted(MAX));
        }
        String id = UUID.randomUUID().toString();
        return byName.merge(
                name,
                new FlockCommand(id, name, 1, replica, begin, false, 0, flock),
                (old, fresh) -> new FlockCommand(id, name, old.revision() + 1, replica, begin, false, 0, flock));
    }

    /** Empty if no flock of that name is to run. */
    Optional<FlockCommand> stop(String name) {
        return change(name, order -> order.stop(replica));
    }

    Optional<FlockCommand> refresh(String name) {
        return change(name, order -> order.refresh(replica));
    }

    private Optional<FlockCommand> change(String name, UnaryOperator<FlockCommand> change) {
        FlockCommand before = byName.get(name);
        if (before == null || before.stopped()) {
            return Optional.empty();
        }
        return Optional.ofNullable(
                byName.computeIfPresent(name, (key, order) -> order.stopped() ? order : change.apply(order)));
    }

    void hear(Collection<FlockCommand> others) {
        others.forEach(order -> byName.merge(order.name(), order, FlockCommand::later));
    }

    /** The flock of that name that is to run. */
    Optional<FlockCommand> find(String name) {
        return Optional.ofNullable(byName.get(name)).filter(order -> !order.stopped());
    }

    boolean knows(String name) {
        return byName.containsKey(name);
    }

    /** By name, with those that are stopped. */
    List<FlockCommand> all() {
        return List.copyOf(byName.values());
    }
}
