package io.livepatch.fleet.load;

import com.sun.management.OperatingSystemMXBean;
import io.livepatch.fleet.division.FlockPartition;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.load.LoadModel.FlockShare;
import io.livepatch.fleet.stats.RunStats;
import io.livepatch.fleet.stats.StatsRecorder;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * This replica's share of one flock, from its start to its end. Thread-safe.
 *
 * <pre>
 * LoadScheduler ──advance──▶ LoadModel ──begin──▶ VirtualThreadExecutor ──▶ WorkloadRunner
 *                                ▲                        │
 *                                └─────────ended──────────┴──▶ StatsRecorder, MonkeyHistory
 * </pre>
 */
public final class FlockRun implements AutoCloseable {
    private final Flock flock;
    private final int replica;
    private final Limits limits;
    private final WorkloadRunner runner;
    private final MonkeyStates monkeys;
    private final MonkeyHistory history;
    private final StatsRecorder recorder;
    private final LoadScheduler scheduler;
    private final VirtualThreadExecutor executor;
    private final LoadModel model;
    private final AtomicBoolean closed = new AtomicBoolean();

    private FlockRun(LocalStarter starter, Flock flock, int replicas, Instant begin) {
        long origin = starter.nanoTime.getAsLong()
                + Duration.between(starter.clock.instant(), begin).toNanos();
        this.flock = flock;
        this.replica = starter.replica;
        this.limits = starter.limits;
        this.runner = starter.runners.apply(flock);
        this.monkeys = new MonkeyStates(flock.count(), replicas);
        this.history = new MonkeyHistory(flock.name(), begin, monkeys);
        this.recorder = new StatsRecorder(flock.name(), begin, origin, starter.nanoTime, flock.warmUp());
        this.scheduler = new LoadScheduler(flock.name(), origin, starter.nanoTime);
        this.executor = new VirtualThreadExecutor(runner, recorder, monkeys, history, scheduler);
        SplittableRandom random = new SplittableRandom(31L * flock.name().hashCode() + replica);
        this.model = LoadModel.of(flock, monkeys, executor, limits, random);
    }

    private void start(FlockPartition partition) {
        divide(partition);
        ProcessorShare processors = new ProcessorShare();
        scheduler.start(model, second -> {
            long now = scheduler.now();
            double busy = processors.sinceLast();
            if (!model.over(now)) {
                recorder.tick(second, model.alive(now), busy);
            }
        });
    }

    /** Makes the scheduler read its clock, which a test has advanced. */
    void wake() {
        scheduler.wake();
    }

    /** Applies a new partition: monkeys that now belong to this replica begin, the others end after their current iteration. */
    public synchronized void divide(FlockPartition partition) {
        FlockShare share = FlockShare.of(flock, partition, replica);
        model.divide(share, scheduler.now());
    }

    /** Makes every monkey's next iteration like its first. */
    public void refresh() {
        for (int monkey : monkeys.ours()) {
            monkeys.change(monkey, MonkeyStates.FORGET, 0);
        }
    }

    public RunStats stats() {
        return recorder.snapshot(ended() ? 0 : model.alive(scheduler.now()));
    }

    /** This replica's monkeys from a number on, at most {@code limit}. */
    public List<MonkeyInfo> monkeys(int from, int limit) {
        int[] ours = monkeys.ours();
        int found = Arrays.binarySearch(ours, from);
        boolean ended = ended();
        return Arrays.stream(ours)
                .skip(found >= 0 ? found : -found - 1)
                .limit(limit)
                .mapToObj(monkey -> history.info(monkey, ended))
                .toList();
    }

    public Optional<MonkeyInfo> monkey(int number) {
        return Arrays.binarySearch(monkeys.ours(), number) >= 0
                ? Optional.of(history.info(number, ended()))
                : Optional.empty();
    }

    /** Recent failures and recoveries of a monkey, oldest first. Bounded for all monkeys together. */
    public List<String> log(int number) {
        return history.log(number);
    }

    /** Whether no further iteration will run. */
    public boolean ended() {
        return model.over(scheduler.now());
    }

    /** Lets current iterations end, for a moment, then interrupts them. */
    @Override
    public void close() {
        if (closed.getAndSet(true)) {
            return;
        }
        scheduler.close();
        model.stop(scheduler.now());
        executor.close(limits.grace());
        runner.close();
    }

    /**
     * The state of a monkey.
     *
     * @param last when its last iteration ended
     * @param error the kind of its last failure
     */
    public record MonkeyInfo(
            int number,
            String name,
            State state,
            long successes,
            long failures,
            Optional<Instant> last,
            Optional<String> error) {

        /** The states of a monkey, in their usual order. */
        public enum State {
            /** Its batch has not begun. */
            WAITING,
            /** Between two iterations. */
            IDLE,
            RUNNING,
            /** Between a failure and the next iteration. */
            ERROR,
            FINISHED
        }
    }

    /** The share of the machine's processors that this process used since the last call, 0 to 1. Not thread-safe. */
    private static final class ProcessorShare {
        private final OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        private long used = system.getProcessCpuTime();
        private long then = System.nanoTime();

        double sinceLast() {
            long usedNow = system.getProcessCpuTime();
            long now = System.nanoTime();
            double share = (double) (usedNow - used) / Math.max(1, now - then) / system.getAvailableProcessors();
            used = usedNow;
            then = now;
            return Math.clamp(share, 0, 1);
        }
    }

    /**
     * The limits of a flock in one process.
     *
     * @param concurrent iterations of an open load that run or wait for a free monkey; any beyond them fail as "overload", so that a dead server does
     *     not fill the memory
     * @param grace how long iterations may take to end when no more are begun
     */
    public record Limits(int concurrent, Duration grace) {
        public static final Limits DEFAULT = new Limits(50_000, Duration.ofSeconds(30));

        public Limits {
            if (concurrent < 1 || grace.isNegative()) {
                throw new IllegalArgumentException(
                        "limits of '%d' iterations and '%s' must be positive".formatted(concurrent, grace));
            }
        }
    }

    /** Starts flocks on this replica. */
    public interface Starter {

        /**
         * Returns at once; the flock runs until it is closed.
         *
         * @param begin the common start; if it has passed, iterations that were due before now are not made up for
         */
        FlockRun start(Flock flock, FlockPartition partition, Instant begin);
    }

    /**
     * Runs one replica's shares of flocks in this process.
     *
     * @param replica its index, from 0
     * @param runners makes a flock's runner, which the run closes
     * @param clock of the common starts
     * @param nanoTime the clock by which iterations are due
     */
    public record LocalStarter(
            int replica,
            Function<Flock, WorkloadRunner> runners,
            InstantSource clock,
            LongSupplier nanoTime,
            Limits limits)
            implements Starter {

        public LocalStarter(int replica, Function<Flock, WorkloadRunner> runners, InstantSource clock, Limits limits) {
            this(replica, runners, clock, System::nanoTime, limits);
        }

        @Override
        public FlockRun start(Flock flock, FlockPartition partition, Instant begin) {
            FlockRun run = new FlockRun(this, flock, partition.replicas(), begin);
            run.start(partition);
            return run;
        }
    }
}
