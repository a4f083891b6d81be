package io.livepatch.fleet.replica;

import io.livepatch.fleet.division.FlockPartition;
import io.livepatch.fleet.replica.GossipProtocol.GossipMessage;
import io.livepatch.fleet.replica.Membership.MembershipSnapshot;
import io.livepatch.fleet.replica.Membership.PeerState;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The other replicas of the run, from the membership and their own messages. Thread-safe. */
final class PeerDirectory {
    private final ReplicaSettings settings;
    private final UUID self;
    private final Map<Integer, PeerState> peers = new ConcurrentHashMap<>();
    private volatile MembershipSnapshot snapshot =
            new MembershipSnapshot(new TreeMap<>(), new TreeSet<>(), Duration.ZERO);

    PeerDirectory(ReplicaSettings settings, UUID self) {
        this.settings = settings;
        this.self = self;
    }

    void updateSnapshot(MembershipSnapshot now) {
        snapshot = now;
    }

    /**
     * Records a message of another replica.
     *
     * @param roundTrip from the request to the response; empty if the message was not requested
     * @throws IllegalArgumentException if the sender does not belong to this run
     */
    void recordMessage(GossipMessage message, Instant now, Optional<Duration> roundTrip) {
        requireSameRun(message);
        peers.compute(message.index(), (_, last) -> {
            boolean known = last != null && last.incarnation().equals(message.incarnation());
            Duration offset = roundTrip.isEmpty() && known
                    ? last.clockOffset()
                    : Duration.between(now, message.now())
                            .plus(roundTrip.orElse(Duration.ZERO).dividedBy(2));
            boolean leaving = message.leaving() || (known && last.leaving());
            return new PeerState(
                    message.address(), System.nanoTime(), message.incarnation(), offset, message.held(), leaving);
        });
    }

    private void requireSameRun(GossipMessage message) {
        if (!message.run().equals(settings.run())
                || message.count() != settings.count()
                || message.index() == settings.index()
                || message.index() < 0
                || message.index() >= settings.count()) {
            throw new IllegalArgumentException(
                    "replica %d of %d of run '%s' at %s is not a peer of replica %d of %d of run '%s'; give all processes of a run the same name and count, and each its own index"
                            .formatted(
                                    message.index(),
                                    message.count(),
                                    message.run(),
                                    message.address(),
                                    settings.index(),
                                    settings.count(),
                                    settings.run()));
        }
    }

    /** The last known states of the others. */
    Map<Integer, PeerState> peers() {
        return new HashMap<>(peers);
    }

    /** The addresses of the others, present or not. */
    NavigableMap<Integer, URI> addresses() {
        return snapshot.others();
    }

    /** How far the run's clock is ahead of this process's. */
    Duration clockOffset() {
        return snapshot.clockOffset();
    }

    /** Whether this replica is a member. */
    boolean admitted() {
        return snapshot.present().contains(settings.index());
    }

    NavigableSet<Integer> present() {
        NavigableSet<Integer> present = new TreeSet<>(snapshot.present());
        present.removeIf(index ->
                Optional.ofNullable(peers.get(index)).map(PeerState::leaving).orElse(false));
        return present;
    }

    NavigableSet<Integer> missing() {
        return allExcept(present());
    }

    NavigableSet<Integer> allExcept(Set<Integer> some) {
        return IntStream.range(0, settings.count())
                .filter(index -> !some.contains(index))
                .boxed()
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** The present replicas whose state this process has received, and itself. */
    NavigableSet<Integer> known() {
        NavigableSet<Integer> known = present();
        known.removeIf(index -> index != settings.index() && !peers.containsKey(index));
        return known;
    }

    /** The present processes, as far as they are known. */
    Set<UUID> alive() {
        Set<UUID> alive = new HashSet<>(Set.of(self));
        for (int index : present()) {
            Optional.ofNullable(peers.get(index)).map(PeerState::incarnation).ifPresent(alive::add);
        }
        return alive;
    }

    FlockPartition partition() {
        return new FlockPartition(settings.count(), present());
    }

    /** A partition that leaves this replica nothing; empty if there is no other replica. */
    Optional<FlockPartition> partitionWithoutSelf() {
        NavigableSet<Integer> others = allExcept(Set.of(settings.index()));
        return others.isEmpty() ? Optional.empty() : Optional.of(new FlockPartition(settings.count(), others));
    }

    /** When a replica was last known to be present. */
    Instant lastSeen(int index, Instant now) {
        PeerState last = peers.get(index);
        return last == null ? now : now.minusNanos(System.nanoTime() - last.nanos());
    }
}
