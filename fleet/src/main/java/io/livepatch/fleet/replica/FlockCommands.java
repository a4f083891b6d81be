package io.livepatch.fleet.replica;

import io.livepatch.fleet.flock.Flock;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import tools.jackson.databind.json.JsonMapper;

/** The latest command for each flock, from any replica. Thread-safe. */
final class FlockCommands {
    private static final int MAX = 1000;

    private final int replica;
    private final Map<String, FlockCommand> byName = new ConcurrentSkipListMap<>();

    FlockCommands(int replica) {
        this.replica = replica;
    }

    /** Begins a flock at a moment, in place of any other of its name. */
    FlockCommand begin(String name, Map<String, Object> flock, Instant begin) {
        if (byName.size() >= MAX && !byName.containsKey(name)) {
            throw new ReplicaException.Full(
                    "there have been %d flocks already, and their statistics are kept; start another run"
                            .formatted(MAX));
        }
        String id = UUID.randomUUID().toString();
        return byName.merge(
                name,
                new FlockCommand(id, name, 1, replica, begin, false, 0, flock),
                (old, _) -> new FlockCommand(id, name, old.revision() + 1, replica, begin, false, 0, flock));
    }

    /** Empty if no flock of that name is active. */
    Optional<FlockCommand> stop(String name) {
        return change(name, command -> command.stop(replica));
    }

    /** Empty if no flock of that name is active. */
    Optional<FlockCommand> refresh(String name) {
        return change(name, command -> command.refresh(replica));
    }

    private Optional<FlockCommand> change(String name, UnaryOperator<FlockCommand> change) {
        FlockCommand before = byName.get(name);
        if (before == null || before.stopped()) {
            return Optional.empty();
        }
        return Optional.ofNullable(
                byName.computeIfPresent(name, (_, command) -> command.stopped() ? command : change.apply(command)));
    }

    void merge(Collection<FlockCommand> others) {
        others.forEach(command -> byName.merge(command.name(), command, FlockCommand::later));
    }

    /** The active flock of that name. */
    Optional<FlockCommand> find(String name) {
        return Optional.ofNullable(byName.get(name)).filter(command -> !command.stopped());
    }

    boolean contains(String name) {
        return byName.containsKey(name);
    }

    /** By name, including stopped flocks. */
    List<FlockCommand> all() {
        return List.copyOf(byName.values());
    }

    /**
     * The latest command for a flock.
     *
     * @param id of this start of the flock; a later start under the same name has another
     * @param revision increases with each command for the name
     * @param by the replica that received it
     * @param begin the common start, by the run's clock
     * @param refreshes how often the flock was to be refreshed
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

        /** Concurrent commands with one revision must have one winner on all replicas; a stop wins over anything else. */
        private static final Comparator<FlockCommand> ORDER = Comparator.comparingLong(FlockCommand::revision)
                .thenComparing(FlockCommand::stopped)
                .thenComparing(Comparator.comparingInt(FlockCommand::by).reversed());

        FlockCommand stop(int replica) {
            return new FlockCommand(id, name, revision + 1, replica, begin, true, refreshes, flock);
        }

        FlockCommand refresh(int replica) {
            return new FlockCommand(id, name, revision + 1, replica, begin, stopped, refreshes + 1, flock);
        }

        static FlockCommand later(FlockCommand one, FlockCommand other) {
            return ORDER.compare(one, other) >= 0 ? one : other;
        }
    }

    /** Parsed flocks by command id: a command's flock never changes. Thread-safe. */
    static final class FlockCache {
        private final FlockCodec codec;
        private final Map<String, Flock> byId = new ConcurrentHashMap<>();

        FlockCache(FlockCodec codec) {
            this.codec = codec;
        }

        /**
         * The flock of a command.
         *
         * @throws FlockCodec.Invalid if it is invalid here
         */
        Flock of(FlockCommand command) {
            return byId.computeIfAbsent(
                    command.id(), _ -> codec.read(JsonMapper.shared().writeValueAsString(command.flock())));
        }

        void retain(Collection<FlockCommand> current) {
            Set<String> ids = current.stream().map(FlockCommand::id).collect(Collectors.toSet());
            byId.keySet().retainAll(ids);
        }
    }
}
