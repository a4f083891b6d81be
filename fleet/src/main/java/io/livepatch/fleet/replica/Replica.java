package io.livepatch.fleet.replica;

import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.load.FlockRun;
import io.livepatch.fleet.replica.FlockCommands.FlockCache;
import io.livepatch.fleet.replica.FlockCommands.FlockCommand;
import io.livepatch.fleet.replica.GossipProtocol.GossipMessage;
import io.livepatch.fleet.replica.RunView.Annotation;
import io.livepatch.fleet.replica.SharedState.Annotations;
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
 * One replica of a run. Each second it polls the membership, pulls the others' state, and applies the commands with its share of the load. Serve
 * its API before {@link #start}, since the others call it. Thread-safe.
 */
public final class Replica implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Replica.class);

    private static final Duration MAX_ROUND = Duration.ofSeconds(10);

    private final ReplicaSettings settings;
    private final FlockCodec codec;
    private final FlockCache flocks;
    private final InstantSource clock;
    private final MembershipLease lease;
    private final PeerDirectory peers;
    private final SharedState state;
    private final LocalRuns runs;
    private final PeerClient client;
    private final GossipProtocol gossip;
    private final StartBarrier barrier;
    private final RunView.Builder views;
    private final ScheduledExecutorService rounds = Executors.newScheduledThreadPool(
            3, Thread.ofPlatform().name("replica-", 0).daemon().factory());

    /** Not started yet. */
    public Replica(
            ReplicaSettings settings,
            Membership membership,
            FlockRun.Starter starter,
            FlockCodec codec,
            InstantSource clock) {
        UUID incarnation = UUID.randomUUID();
        this.settings = settings;
        this.codec = codec;
        this.flocks = new FlockCache(codec);
        this.clock = clock;
        this.peers = new PeerDirectory(settings, incarnation);
        this.state = new SharedState(
                new FlockCommands(settings.index()), new Shares(), new Annotations(), new AvailabilityLog(incarnation));
        this.runs = new LocalRuns(starter, flocks);
        this.lease = new MembershipLease(settings, membership, peers, runs, state.outages(), clock);
        this.client = new PeerClient(settings.token(), settings.requestTimeout());
        this.gossip = new GossipProtocol(settings, incarnation, peers, state, runs, lease, clock, client);
        this.barrier = new StartBarrier(settings, peers);
        this.views = new RunView.Builder(settings, flocks, peers, gossip, lease, clock);
    }

    /**
     * Joins the run.
     *
     * @param toStart flocks to start when all replicas are present, unless another replica has started them
     */
    public void start(List<Flock> toStart) {
        barrier.begin(toStart);
        // In two threads, so that a slow response of a peer does not delay this replica's heartbeat.
        every(settings.period(), () -> {
            lease.renew();
            reconcile();
        });
        every(settings.period(), () -> {
            gossip.pull();
            reconcile();
        });
        every(settings.lostAfter().dividedBy(20), lease::expire);
    }

    private void every(Duration period, Runnable task) {
        Runnable careful = () -> {
            try {
                task.run();
            } catch (ReplicaException.PeerUnavailable e) {
                log.debug("a round was interrupted", e);
            } catch (RuntimeException e) {
                log.error("a round failed unexpectedly", e);
            }
        };
        var _ = rounds.scheduleWithFixedDelay(careful, 0, period.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Brings the local runs to the state that the commands and the partition require. */
    private synchronized void reconcile() {
        if (lease.valid()) {
            barrier.update(state.commands());
            barrier.due().forEach(flock -> {
                if (!state.commands().contains(flock.name())) {
                    command(flock);
                }
            });
            List<FlockCommand> commands = state.commands().all();
            lease.ifValid(() -> runs.apply(commands, peers.partition(), peers.clockOffset()), commands);
            state.shares().retain(state.commands()::all);
            flocks.retain(commands);
        }
        notifyAll();
    }

    private void command(Flock flock) {
        Instant begin = now().plus(settings.startDelay());
        state.commands().begin(flock.name(), codec.write(flock), begin);
        log.info("flock '{}' begins at {}", flock.name(), begin);
    }

    /** By the run's clock. */
    private Instant now() {
        return clock.instant().plus(peers.clockOffset());
    }

    /** Starts a flock on all replicas, in place of any other of its name. */
    public void startFlock(Flock flock) {
        command(flock);
        publish();
    }

    /**
     * Starts a flock from its YAML; returns its name.
     *
     * @throws FlockCodec.Invalid if it is invalid
     */
    public String startFlock(String yaml) {
        Flock flock = codec.read(yaml);
        startFlock(flock);
        return flock.name();
    }

    /** Stops a flock on all replicas; returns whether it was active. */
    public boolean stopFlock(String name) {
        return publish(state.commands().stop(name));
    }

    /** Makes the next iteration of every monkey of a flock like its first, on all replicas; returns whether the flock was active. */
    public boolean refreshFlock(String name) {
        return publish(state.commands().refresh(name));
    }

    /** Adds an annotation, at the current moment unless another is given. */
    public Annotation annotate(Optional<Instant> at, String text) {
        Annotation annotation = new Annotation(UUID.randomUUID(), at.orElseGet(this::now), text);
        state.annotations().add(annotation);
        publish();
        return annotation;
    }

    private boolean publish(Optional<FlockCommand> command) {
        command.ifPresent(_ -> publish());
        return command.isPresent();
    }

    private void publish() {
        reconcile();
        gossip.push();
    }

    /** The whole run, after pulling the others' state. */
    public RunView currentView() {
        return views.build(gossip.pull());
    }

    /** The whole run as of the last round; makes no request. */
    public RunView cachedView() {
        return views.build(peers.present());
    }

    /**
     * This process alone.
     *
     * @param stats of the active flocks
     * @param held it is idle, because it cannot read the membership
     */
    public record LocalStatus(List<RunStats> stats, int index, int count, int present, boolean held) {}

    public LocalStatus localStatus() {
        List<RunStats> stats = state.commands().all().stream()
                .filter(command -> !command.stopped())
                .flatMap(command -> runs.find(command.id()).stream())
                .map(FlockRun::stats)
                .toList();
        return new LocalStatus(
                stats, settings.index(), settings.count(), peers.present().size(), lease.held());
    }

    /** The monkeys of the whole run. */
    public MonkeyDirectory monkeys() {
        return new MonkeyDirectory(settings.index(), peers, state.commands(), runs, client);
    }

    /**
     * The gossip message for another replica, as JSON.
     *
     * @param sender the process from which the other has everything up to {@code since}; may be another than this one, or empty
     */
    public byte[] gossip(String sender, long since) {
        return gossip.message(sender, since).json();
    }

    /**
     * Applies the gossip message of another replica.
     *
     * @throws IllegalArgumentException if it does not belong to this run
     */
    public void receiveGossip(byte[] json) {
        gossip.receive(GossipMessage.parse(json), Optional.empty());
        reconcile();
    }

    /**
     * Waits until no replica has anything left to do.
     *
     * @throws ReplicaException.Displaced if another process runs with this one's index
     */
    public synchronized void awaitAllEnded() throws InterruptedException {
        while (!(barrier.done() && gossip.allEnded())) {
            lease.throwIfDisplaced();
            wait();
        }
    }

    /** Leaves the run: the others take over at once, then the iterations here end, and the final statistics are sent. */
    @Override
    public void close() {
        lease.leave();
        endRounds();
        lease.release();
        gossip.push();
        runs.close();
        gossip.push();
        client.close();
    }

    private void endRounds() {
        rounds.shutdown();
        try {
            if (!rounds.awaitTermination(MAX_ROUND.toMillis(), TimeUnit.MILLISECONDS)) {
                log.warn("the last round did not end within {}", MAX_ROUND);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
