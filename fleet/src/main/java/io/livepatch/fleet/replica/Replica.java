package io.livepatch.fleet.replica;

import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.load.FlockRun;
import io.livepatch.fleet.load.FlockRuns;
import io.livepatch.fleet.stats.RunStats;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This process among those of its run. Each second it looks who is there, asks each of the others what they know, and does its share of what has
 * been ordered. Its API is to be served before {@link #start}, since the others ask it. Thread-safe.
 */
public final class Replica implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Replica.class);

    private static final Duration LONGEST_ROUND = Duration.ofSeconds(10);

    private final ReplicaSettings settings;
    private final FlockCodec format;
    private final FlockCache flocks;
    private final InstantSource clock;
    private final MembershipLease membershipLease;
    private final PeerDirectory peerDirectory;
    private final SharedState sharedState;
    private final LocalRuns runs;
    private final GossipProtocol gossipProtocol;
    private final StartBarrier startBarrier;
    private final ScheduledExecutorService rounds = Executors.newScheduledThreadPool(
            3, Thread.ofPlatform().name("replica-", 0).daemon().factory());

    /** Starts nothing yet. */
    public Replica(
            ReplicaSettings settings,
            Membership membership,
            FlockRuns flockRuns,
            FlockCodec format,
            InstantSource clock) {
        UUID incarnation = UUID.randomUUID();
        this.settings = settings;
        this.format = format;
        this.flocks = new FlockCache(format);
        this.clock = clock;
        this.peerDirectory = new PeerDirectory(settings, incarnation);
        this.sharedState = new SharedState(
                new FlockCommands(settings.index()), new Shares(), new Annotations(), new AvailabilityLog(incarnation));
        this.runs = new LocalRuns(flockRuns, flocks);
        this.membershipLease =
                new MembershipLease(settings, membership, peerDirectory, runs, sharedState.attendance(), clock);
        this.gossipProtocol =
                new GossipProtocol(settings, incarnation, peerDirectory, sharedState, runs, membershipLease, clock);
        this.startBarrier = new StartBarrier(settings, peerDirectory);
    }

    /**
     * Joins the others.
     *
     * @param flocks to be started as soon as all replicas are there, unless that has been done
     */
    public void start(List<Flock> flocks) {
        startBarrier.wants(flocks);
        // Apart, so that a slow answer of another does not keep us from showing that we are here.
        every(settings.period(), () -> {
            membershipLease.look();
            settle();
        });
        every(settings.period(), () -> {
            gossipProtocol.ask();
            settle();
        });
        every(settings.lostAfter().dividedBy(20), membershipLease::watch);
    }

    private void every(Duration period, Runnable task) {
        Runnable careful = () -> {
            try {
                task.run();
            } catch (ReplicaException.Silent e) {
                log.debug("a round was cut short", e);
            } catch (RuntimeException e) {
                log.error("a round failed in a way that nobody thought of", e);
            }
        };
        var _ = rounds.scheduleWithFixedDelay(careful, 0, period.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Does what is to be done, as far as that is known. */
    private synchronized void settle() {
        if (membershipLease.settled()) {
            startBarrier.given(sharedState.orders());
            startBarrier.due().forEach(flock -> {
                if (!sharedState.orders().knows(flock.name())) {
                    order(flock);
                }
            });
            follow();
        }
        notifyAll();
    }

    private void follow() {
        List<FlockCommand> orders = sharedState.orders().all();
        membershipLease.divided(() -> runs.follow(orders, peerDirectory.division(), peerDirectory.ahead()), orders);
        sharedState.shares().keep(sharedState.orders()::all);
        flocks.keep(orders);
    }

    private void order(Flock flock) {
        Instant begin = now().plus(settings.startDelay());
        sharedState.orders().begin(flock.name(), format.write(flock), begin);
        log.info("flock '{}' begins at {}", flock.name(), begin);
    }

    /** By the clock that all replicas go by. */
    private Instant now() {
        return clock.instant().plus(peerDirectory.ahead());
    }

    /** Starts a flock on all replicas, in place of any other of its name. */
    public void put(Flock flock) {
        order(flock);
        spread();
    }

    /**
     * The same, as it is written in YAML; answers its name.
     *
     * @throws FlockCodec.Invalid when that is no flock
     */
    public String put(String yaml) {
        Flock flock = format.read(yaml);
        put(flock);
        return flock.name();
    }

    /** Ends a flock on all replicas; answers whether there was one. */
    public boolean stop(String name) {
        return spread(sharedState.orders().stop(name));
    }

    /** On all replicas, every monkey of a flock begins its next turn as if for the first time; answers whether there was one. */
    public boolean refresh(String name) {
        return spread(sharedState.orders().refresh(name));
    }

    /** Something happened; now, if no other moment is given. */
    public Annotation mark(Optional<Instant> at, String text) {
        Annotation annotation = new Annotation(UUID.randomUUID(), at.orElseGet(this::now), text);
        sharedState.marks().add(annotation);
        spread();
        return annotation;
    }

    private boolean spread(Optional<FlockCommand> order) {
        order.ifPresent(done -> spread());
        return order.isPresent();
    }

    private void spread() {
        settle();
        gossipProtocol.tell();
    }

    /** The whole run, of which the others are asked first. */
    public RunView fresh() {
        return view().of(gossipProtocol.ask());
    }

    /** The whole run as it was a moment ago; asks nobody. */
    public RunView known() {
        return view().of(peerDirectory.present());
    }

    private RunViewBuilder view() {
        return new RunViewBuilder(settings, flocks, peerDirectory, sharedState, gossipProtocol, clock);
    }

    /**
     * This process alone.
     *
     * @param figures of the flocks that are to run
     * @param held it does nothing, for want of knowing who is there
     */
    public record Own(List<RunStats> figures, int index, int count, int present, boolean held) {}

    public Own own() {
        List<RunStats> figures = sharedState.orders().all().stream()
                .filter(order -> !order.stopped())
                .flatMap(order -> runs.find(order.id()).stream())
                .map(FlockRun::figures)
                .toList();
        return new Own(
                figures,
                settings.index(),
                settings.count(),
                peerDirectory.present().size(),
                membershipLease.held());
    }

    /** Of the whole run. */
    public Monkeys monkeys() {
        return new Monkeys(settings.index(), peerDirectory, sharedState.orders(), runs, gossipProtocol);
    }

    /** What the others may ask of this one. */
    public PeerEndpoint door() {
        return new PeerEndpoint(gossipProtocol, sharedState.orders(), runs, this::settle);
    }

    /**
     * Returns when nothing is left to be done by anybody.
     *
     * @throws ReplicaException.Displaced when another process has taken our place
     */
    public synchronized void awaitAllEnded() throws InterruptedException {
        while (!(startBarrier.done() && gossipProtocol.allEnded())) {
            membershipLease.check();
            wait();
        }
    }

    /** Leaves: the others take over at once, what is under way here comes to its end, and they are told of it. */
    @Override
    public void close() {
        membershipLease.leave();
        endRounds();
        membershipLease.left();
        gossipProtocol.tell();
        runs.close();
        gossipProtocol.tell();
        gossipProtocol.close();
    }

    private void endRounds() {
        rounds.shutdown();
        try {
            if (!rounds.awaitTermination(LONGEST_ROUND.toMillis(), TimeUnit.MILLISECONDS)) {
                log.warn("the last round does not end within {}", LONGEST_ROUND);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
