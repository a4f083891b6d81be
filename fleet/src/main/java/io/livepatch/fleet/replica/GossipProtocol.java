package io.livepatch.fleet.replica;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.livepatch.fleet.replica.AvailabilityLog.Outage;
import io.livepatch.fleet.replica.FlockCommands.FlockCommand;
import io.livepatch.fleet.replica.Membership.PeerState;
import io.livepatch.fleet.replica.RunView.Annotation;
import io.livepatch.fleet.replica.Shares.ShareDelta;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** Exchanges the shared state with the other replicas. Thread-safe. */
record GossipProtocol(
        ReplicaSettings settings,
        UUID incarnation,
        PeerDirectory peers,
        SharedState state,
        LocalRuns runs,
        MembershipLease lease,
        InstantSource clock,
        PeerClient client) {

    /** Pulls the state of all others; returns the present replicas that responded, and this one. */
    NavigableSet<Integer> pull() {
        Instant before = clock.instant();
        Set<Integer> responded = Set.copyOf(client.get(peers.addresses(), this::path, json -> {
                    GossipMessage message = GossipMessage.parse(json);
                    receive(message, Optional.of(Duration.between(before, clock.instant())));
                    return message.index();
                })
                .values());
        NavigableSet<Integer> fresh = new TreeSet<>(responded);
        fresh.add(settings.index());
        fresh.retainAll(peers.present());
        return fresh;
    }

    /** Requests what is new since the last message of the process that was last known there; another process sends everything. */
    private String path(int index) {
        return Optional.ofNullable(peers.peers().get(index))
                .map(PeerState::incarnation)
                .flatMap(sender -> state.shares()
                        .receivedUpTo(sender)
                        .map(upTo -> "replica?of=%s&since=%d".formatted(sender, upTo)))
                .orElse("replica");
    }

    void receive(GossipMessage message, Optional<Duration> roundTrip) {
        peers.recordMessage(message, clock.instant(), roundTrip);
        state.merge(message);
    }

    /** Sends this replica's state to all others. */
    void push() {
        client.post(peers.addresses(), message(0).json());
    }

    /**
     * The state for another replica.
     *
     * @param sender the process from which the other has everything up to {@code since}; may be another than this one
     */
    GossipMessage message(String sender, long since) {
        return message(sender.equals(incarnation.toString()) ? since : 0);
    }

    private GossipMessage message(long since) {
        SharedState current = current();
        return new GossipMessage(
                settings.run(),
                settings.index(),
                settings.count(),
                settings.address(),
                incarnation,
                clock.instant(),
                lease.held(),
                lease.leaving(),
                current.commands().all(),
                current.shares().delta(incarnation, peers.alive(), since),
                current.outages().all(),
                current.annotations().all());
    }

    /** The shared state, with this process's latest statistics. */
    SharedState current() {
        state.shares().merge(runs.shares(incarnation));
        return state;
    }

    /** Whether no present replica has anything left to do. */
    boolean allEnded() {
        if (runs.busy()) {
            return false;
        }
        Shares shares = current().shares();
        return state.commands().all().stream()
                .allMatch(command -> peers.alive().stream()
                        .allMatch(process -> shares.ended(command.id(), process).orElse(command.stopped())));
    }

    /**
     * The state that one replica sends to another. Holds no secret.
     *
     * @param now by the sender's clock
     * @param held the sender is idle, because it cannot read the membership
     * @param leaving the sender is shutting down
     * @param shares of the sender, and of processes that no longer exist
     */
    record GossipMessage(
            String run,
            int index,
            int count,
            URI address,
            UUID incarnation,
            Instant now,
            boolean held,
            boolean leaving,
            @JsonProperty("orders") List<FlockCommand> commands,
            @JsonProperty("telling") ShareDelta shares,
            @JsonProperty("absences") List<Outage> outages,
            @JsonProperty("marks") List<Annotation> annotations) {
        private static final JsonMapper MAPPER = JsonMapper.shared();

        byte[] json() {
            return MAPPER.writeValueAsBytes(this);
        }

        static GossipMessage parse(byte[] json) {
            try {
                return MAPPER.readValue(json, GossipMessage.class);
            } catch (JacksonException e) {
                throw new IllegalArgumentException(
                        "not a message of a replica of this version: " + e.getOriginalMessage(), e);
            }
        }
    }
}
