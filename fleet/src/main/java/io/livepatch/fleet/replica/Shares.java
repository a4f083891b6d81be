package io.livepatch.fleet.replica;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.livepatch.fleet.replica.FlockCommands.FlockCommand;
import io.livepatch.fleet.stats.Latency;
import io.livepatch.fleet.stats.RunStats;
import io.livepatch.fleet.stats.RunStats.GeneratorStats;
import io.livepatch.fleet.stats.RunStats.SecondStats;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The latest statistics of each process for each flock, including lost processes. A run has statistics for each second, and few of them still
 * change: a replica that has received everything is sent only later changes. Thread-safe.
 */
final class Shares {
    private record Key(String command, UUID incarnation) {}

    private final Map<Key, VersionedShare> all = new HashMap<>();

    /** The version up to which each sender's state was received, by the sender's count. */
    private final Map<UUID, Long> receivedUpTo = new HashMap<>();

    private long version;

    /** Merges this process's own shares. */
    synchronized void merge(Collection<Share> own) {
        own.forEach(this::merge);
    }

    /** Merges another process's delta. A partial share without its base is ignored, and everything is requested the next time. */
    synchronized void merge(UUID sender, ShareDelta delta) {
        boolean complete = true;
        for (Share share : delta.shares()) {
            complete &= merge(share);
        }
        if (complete) {
            receivedUpTo.merge(sender, delta.upTo(), Math::max);
        } else {
            receivedUpTo.remove(sender);
        }
    }

    private boolean merge(Share share) {
        Key key = new Key(share.command(), share.incarnation());
        VersionedShare known = all.get(key);
        version++;
        if (known != null) {
            known.merge(share, version);
        } else if (!share.partial()) {
            all.put(key, new VersionedShare(share, version));
        }
        return known != null || !share.partial();
    }

    /** The version to request changes since; empty to request everything. */
    synchronized Optional<Long> receivedUpTo(UUID sender) {
        return Optional.ofNullable(receivedUpTo.get(sender));
    }

    /**
     * This process's shares, and those of processes that no longer exist and cannot send them.
     *
     * @param since the version that the receiver has
     */
    synchronized ShareDelta delta(UUID self, Set<UUID> alive, long since) {
        version++;
        all.forEach((key, known) -> known.setLost(!alive.contains(key.incarnation()), version));
        return new ShareDelta(
                version,
                all.entrySet().stream()
                        .filter(it -> it.getKey().incarnation().equals(self)
                                || !alive.contains(it.getKey().incarnation()))
                        .map(Map.Entry::getValue)
                        .filter(known -> known.changedSince(since))
                        .map(known -> known.since(since))
                        .toList());
    }

    /**
     * Removes the shares of flocks that were replaced.
     *
     * @param current called under the lock: a message's commands are merged before its shares, so the commands of all shares here are current
     */
    synchronized void retain(Supplier<List<FlockCommand>> current) {
        Set<String> commands = current.get().stream().map(FlockCommand::id).collect(Collectors.toSet());
        all.keySet().removeIf(key -> !commands.contains(key.command()));
    }

    /** Empty if there is no such share. */
    synchronized Optional<Boolean> ended(String command, UUID incarnation) {
        return Optional.ofNullable(all.get(new Key(command, incarnation))).map(known -> known.share.ended());
    }

    List<String> problems(String command) {
        return of(command).flatMap(share -> share.problem().stream()).sorted().toList();
    }

    RunStats sum(FlockCommand command, Set<UUID> alive) {
        return of(command.id())
                .map(share -> alive.contains(share.incarnation()) ? share : share.withoutMachines())
                .map(Share::stats)
                .reduce(RunStats.none(command.name(), command.begin()), RunStats::plus);
    }

    private synchronized Stream<Share> of(String command) {
        return all.values().stream()
                .map(known -> known.share)
                .filter(share -> share.command().equals(command))
                .toList()
                .stream();
    }

    /**
     * The shares that one process sends to another.
     *
     * @param upTo the sender's version: the receiver may request changes since
     */
    record ShareDelta(long upTo, List<Share> shares) {}

    /**
     * The statistics of one process for one flock.
     *
     * @param command the id of the command that began the flock
     * @param sequence increases with each update
     * @param ended the process will do no more of it
     * @param problem why the process cannot run it
     * @param partial the statistics lack the seconds that have not changed
     */
    record Share(
            @JsonProperty("order") String command,
            UUID incarnation,
            long sequence,
            boolean ended,
            Optional<String> problem,
            boolean partial,
            @JsonProperty("figures") RunStats stats) {

        Share with(List<SecondStats> slots, boolean isPartial) {
            return new Share(command, incarnation, sequence, ended, problem, isPartial, stats.with(slots));
        }

        /** For a lost process, whose machines are dead, or alive on another replica. */
        Share withoutMachines() {
            GeneratorStats before = stats.generator();
            GeneratorStats after = before.plus(new GeneratorStats(Latency.NONE, 0, -before.machines()));
            return new Share(command, incarnation, sequence, ended, problem, partial, stats.with(after));
        }
    }

    /** The latest form of one share, and the version at which each of its seconds changed. Guarded by {@link Shares}. */
    private static final class VersionedShare {
        private Share share;
        private boolean lost;
        private long changed;
        private final Map<Integer, Long> changedSeconds = new HashMap<>();

        VersionedShare(Share complete, long version) {
            this.share = complete;
            this.changed = version;
            complete.stats().slots().forEach(second -> changedSeconds.put(second.second(), version));
        }

        /** Merges a later form, partial or complete; an earlier one changes nothing. */
        void merge(Share later, long version) {
            if (later.sequence() <= share.sequence()) {
                return;
            }
            Map<Integer, SecondStats> slots = new TreeMap<>();
            share.stats().slots().forEach(second -> slots.put(second.second(), second));
            for (SecondStats second : later.stats().slots()) {
                if (!second.equals(slots.put(second.second(), second))) {
                    changedSeconds.put(second.second(), version);
                }
            }
            share = later.with(List.copyOf(slots.values()), false);
            changed = version;
        }

        /** From the loss of its process on, this replica sends the share: to receivers with any earlier version, all of it is new. */
        void setLost(boolean now, long version) {
            if (now && !lost) {
                changed = version;
                changedSeconds.replaceAll((_, _) -> version);
            }
            lost = now;
        }

        boolean changedSince(long since) {
            return changed > since;
        }

        /** With only the seconds that have changed since. */
        Share since(long since) {
            List<SecondStats> slots = share.stats().slots();
            List<SecondStats> news = slots.stream()
                    .filter(second -> changedSeconds.getOrDefault(second.second(), 0L) > since)
                    .toList();
            return share.with(news, news.size() < slots.size());
        }
    }
}
