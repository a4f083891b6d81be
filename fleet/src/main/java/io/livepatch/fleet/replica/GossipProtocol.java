package io.livepatch.fleet.replica;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;

/** Tells the others what is known here, and hears what they know. Thread-safe. */
final class GossipProtocol implements AutoCloseable {
    private final ReplicaSettings settings;
    private final UUID incarnation;
    private final PeerDirectory peerDirectory;
    private final SharedState sharedState;
    private final LocalRuns runs;
    private final MembershipLease membershipLease;
    private final InstantSource clock;
    private final Peers peers;

    GossipProtocol(
            ReplicaSettings settings,
            UUID incarnation,
            PeerDirectory peerDirectory,
            SharedState sharedState,
            LocalRuns runs,
            MembershipLease membershipLease,
            InstantSource clock) {
        this.settings = settings;
        this.incarnation = incarnation;
        this.peerDirectory = peerDirectory;
        this.sharedState = sharedState;
        this.runs = runs;
        this.membershipLease = membershipLease;
        this.clock = clock;
        this.peers = Peers.start(settings.token(), settings.patience());
    }

    /** Asks the others for all they know; answers who is there and said it, we ourselves among them. */
    NavigableSet<Integer> ask() {
        Instant before = clock.instant();
        Set<Integer> answered = Set.copyOf(peers.ask(peerDirectory.others(), this::question, json -> {
                    GossipMessage gossipMessage = GossipMessage.parse(json);
                    hear(gossipMessage, Optional.of(Duration.between(before, clock.instant())));
                    return gossipMessage.index();
                })
                .values());
        NavigableSet<Integer> fresh = new TreeSet<>(answered);
        fresh.add(settings.index());
        fresh.retainAll(peerDirectory.present());
        return fresh;
    }

    /** What all the others answer to a question about their share. */
    <T> Map<Integer, T> ask(NavigableMap<Integer, URI> whom, String path, Function<byte[], T> read) {
        return peers.ask(whom, index -> path, read);
    }

    /** For what the process that we last heard there has not told us; any other tells all. */
    private String question(int index) {
        return Optional.ofNullable(peerDirectory.heard().get(index))
                .map(PeerState::incarnation)
                .flatMap(teller -> sharedState
                        .shares()
                        .toldBy(teller)
                        .map(upTo -> "replica?of=%s&since=%d".formatted(teller, upTo)))
                .orElse("replica");
    }

    void hear(GossipMessage gossipMessage, Optional<Duration> travel) {
        peerDirectory.hears(gossipMessage, clock.instant(), travel);
        sharedState.hear(gossipMessage);
    }

    void tell() {
        peers.tell(peerDirectory.others(), gossip(0).json());
    }

    /** For another who asks for what came after what a process told it. */
    GossipMessage gossip(String teller, long since) {
        return gossip(teller.equals(incarnation.toString()) ? since : 0);
    }

    private GossipMessage gossip(long since) {
        hearOwn();
        return new GossipMessage(
                settings.run(),
                settings.index(),
                settings.count(),
                settings.address(),
                incarnation,
                clock.instant(),
                membershipLease.held(),
                membershipLease.leaving(),
                sharedState.orders().all(),
                sharedState.shares().tell(incarnation, peerDirectory.alive(), since),
                sharedState.attendance().all(),
                sharedState.marks().all());
    }

    private void hearOwn() {
        sharedState.shares().hear(runs.shares(incarnation));
    }

    /** What is known, with what was done here up to now. */
    SharedState current() {
        hearOwn();
        return sharedState;
    }

    boolean held() {
        return membershipLease.held();
    }

    /** Whether nobody who is there has anything left to do. */
    boolean allEnded() {
        if (runs.busy()) {
            return false;
        }
        Shares shares = current().shares();
        return sharedState.orders().all().stream()
                .allMatch(order -> peerDirectory.alive().stream()
                        .allMatch(process -> shares.ended(order.id(), process).orElse(order.stopped())));
    }

    @Override
    public void close() {
        peers.close();
    }
}
