package io.livepatch.fleet.replica;

import io.livepatch.fleet.division.FlockPartition;
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

/** Who is there, from what the place of membership and the replicas themselves say. Thread-safe. */
final class PeerDirectory {
    private final ReplicaSettings settings;
    private final UUID self;
    private final Map<Integer, PeerState> heard = new ConcurrentHashMap<>();
    private volatile MembershipSnapshot membershipSnapshot =
            new MembershipSnapshot(new TreeMap<>(), new TreeSet<>(), Duration.ZERO);

    PeerDirectory(ReplicaSettings settings, UUID self) {
        this.settings = settings;
        this.self = self;
    }

    void sees(MembershipSnapshot now) {
        membershipSnapshot = now;
    }

    /**
     * One of the others told something.
     *
     * @param travel how long it took to be asked and to answer; empty if it spoke of itself
     * @throws IllegalArgumentException when it is none of ours
     */
    void hears(GossipMessage gossipMessage, Instant now, Optional<Duration> travel) {
        if (!gossipMessage.run().equals(settings.run())
                || gossipMessage.count() != settings.count()
                || gossipMessage.index() == settings.index()
                || gossipMessage.index() < 0
                || gossipMessage.index() >= settings.count()) {
            throw new IllegalArgumentException(
                    "replica %d of %d of run '%s' at %s is none of ours, the others of replica %d of %d of run '%s'; give all processes of a run the same name and count, and each its own index"
                            .formatted(
                                    gossipMessage.index(),
                                    gossipMessage.count(),
                                    gossipMessage.run(),
                                    gossipMessage.address(),
                                    settings.index(),
                                    settings.count(),
                                    settings.run()));
        }
        heard.compute(gossipMessage.index(), (index, last) -> {
            boolean known = last != null && last.incarnation().equals(gossipMessage.incarnation());
            Duration ahead = travel.isEmpty() && known
                    ? last.ahead()
                    : Duration.between(now, gossipMessage.now())
                            .plus(travel.orElse(Duration.ZERO).dividedBy(2));
            boolean leaving = gossipMessage.leaving() || (known && last.leaving());
            return new PeerState(
                    gossipMessage.address(),
                    System.nanoTime(),
                    gossipMessage.incarnation(),
                    ahead,
                    gossipMessage.held(),
                    leaving);
        });
    }

    Map<Integer, PeerState> heard() {
        return new HashMap<>(heard);
    }

    /** Whom to ask, whether they are there or not. */
    NavigableMap<Integer, URI> others() {
        return membershipSnapshot.others();
    }

    Duration ahead() {
        return membershipSnapshot.ahead();
    }

    /** Whether the place of membership has us. */
    boolean admitted() {
        return membershipSnapshot.present().contains(settings.index());
    }

    NavigableSet<Integer> present() {
        NavigableSet<Integer> present = new TreeSet<>(membershipSnapshot.present());
        present.removeIf(index ->
                Optional.ofNullable(heard.get(index)).map(PeerState::leaving).orElse(false));
        return present;
    }

    NavigableSet<Integer> missing() {
        return without(present());
    }

    NavigableSet<Integer> without(Set<Integer> some) {
        return IntStream.range(0, settings.count())
                .filter(index -> !some.contains(index))
                .boxed()
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Those that are there have all told what they know, in the life of this process. */
    boolean acquainted() {
        return present().stream().allMatch(index -> index == settings.index() || heard.containsKey(index));
    }

    /** The lowest of those that are there and have told what they know. */
    int firstAcquainted() {
        return present().stream()
                .filter(index -> index == settings.index() || heard.containsKey(index))
                .findFirst()
                .orElseThrow();
    }

    /** The processes that are there, as far as they are known. */
    Set<UUID> alive() {
        Set<UUID> alive = new HashSet<>(Set.of(self));
        for (int index : present()) {
            Optional.ofNullable(heard.get(index)).map(PeerState::incarnation).ifPresent(alive::add);
        }
        return alive;
    }

    FlockPartition division() {
        return new FlockPartition(settings.count(), present());
    }

    /** All but us, so that we do nothing; empty if nobody else could do anything. */
    Optional<FlockPartition> divisionWithoutUs() {
        NavigableSet<Integer> others = without(Set.of(settings.index()));
        return others.isEmpty() ? Optional.empty() : Optional.of(new FlockPartition(settings.count(), others));
    }

    /** When a replica last was there for sure. */
    Instant lastSign(int index, Instant now) {
        PeerState last = heard.get(index);
        return last == null ? now : now.minusNanos(System.nanoTime() - last.nanos());
    }
}
