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
final class Exchange implements AutoCloseable {
    private final ReplicaSettings settings;
    private final UUID incarnation;
    private final Company company;
    private final Knowledge knowledge;
    private final LocalRuns runs;
    private final Presence presence;
    private final InstantSource clock;
    private final Peers peers;

    Exchange(
            ReplicaSettings settings,
            UUID incarnation,
            Company company,
            Knowledge knowledge,
            LocalRuns runs,
            Presence presence,
            InstantSource clock) {
        this.settings = settings;
        this.incarnation = incarnation;
        this.company = company;
        this.knowledge = knowledge;
        this.runs = runs;
        this.presence = presence;
        this.clock = clock;
        this.peers = Peers.start(settings.token(), settings.patience());
    }

    /** Asks the others for all they know; answers who is there and said it, we ourselves among them. */
    NavigableSet<Integer> ask() {
        Instant before = clock.instant();
        Set<Integer> answered = Set.copyOf(peers.ask(company.others(), this::question, json -> {
                    Gossip gossip = Gossip.parse(json);
                    hear(gossip, Optional.of(Duration.between(before, clock.instant())));
                    return gossip.index();
                })
                .values());
        NavigableSet<Integer> fresh = new TreeSet<>(answered);
        fresh.add(settings.index());
        fresh.retainAll(company.present());
        return fresh;
    }

    /** What all the others answer to a question about their share. */
    <T> Map<Integer, T> ask(NavigableMap<Integer, URI> whom, String path, Function<byte[], T> read) {
        return peers.ask(whom, index -> path, read);
    }

    /** For what the process that we last heard there has not told us; any other tells all. */
    private String question(int index) {
        return Optional.ofNullable(company.heard().get(index))
                .map(Heard::incarnation)
                .flatMap(teller ->
                        knowledge.shares().toldBy(teller).map(upTo -> "replica?of=%s&since=%d".formatted(teller, upTo)))
                .orElse("replica");
    }

    void hear(Gossip gossip, Optional<Duration> travel) {
        company.hears(gossip, clock.instant(), travel);
        knowledge.hear(gossip);
    }

    void tell() {
        peers.tell(company.others(), gossip(0).json());
    }

    /** For another who asks for what came after what a process told it. */
    Gossip gossip(String teller, long since) {
        return gossip(teller.equals(incarnation.toString()) ? since : 0);
    }

    private Gossip gossip(long since) {
        hearOwn();
        return new Gossip(
                settings.run(),
                settings.index(),
                settings.count(),
                settings.address(),
                incarnation,
                clock.instant(),
                presence.held(),
                presence.leaving(),
                knowledge.orders().all(),
                knowledge.shares().tell(incarnation, company.alive(), since),
                knowledge.attendance().all(),
                knowledge.marks().all());
    }

    private void hearOwn() {
        knowledge.shares().hear(runs.shares(incarnation));
    }

    /** What is known, with what was done here up to now. */
    Knowledge current() {
        hearOwn();
        return knowledge;
    }

    boolean held() {
        return presence.held();
    }

    /** Whether nobody who is there has anything left to do. */
    boolean allEnded() {
        if (runs.busy()) {
            return false;
        }
        Shares shares = current().shares();
        return knowledge.orders().all().stream()
                .allMatch(order -> company.alive().stream()
                        .allMatch(process -> shares.ended(order.id(), process).orElse(order.stopped())));
    }

    @Override
    public void close() {
        peers.close();
    }
}
