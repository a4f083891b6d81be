package io.livepatch.fleet.load;

import com.sun.management.OperatingSystemMXBean;
import io.livepatch.fleet.division.FlockPartition;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.stats.RunStats;
import io.livepatch.fleet.stats.StatsRecorder;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * <pre>
 * Timekeeper ──advance──▶ Rhythm ──begin──▶ Turns ──turn──▶ Business
 *                           ▲                 │
 *                           └──────ended──────┴──▶ StatsRecorder, MonkeyHistory
 * </pre>
 */
final class LocalFlockRun implements FlockRun {
    private final Flock flock;
    private final Instant begin;
    private final int replica;
    private final Limits limits;
    private final Business business;
    private final Monkeys monkeys;
    private final MonkeyHistory history;
    private final StatsRecorder figures;
    private final LoadScheduler time;
    private final VirtualThreadExecutor turns;
    private final LoadModel loadModel;
    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * Does nothing yet.
     *
     * @param begin the common start
     * @param origin the same, as {@link System#nanoTime} has it
     */
    LocalFlockRun(Flock flock, Site site, Business business, Instant begin, long origin) {
        this.flock = flock;
        this.begin = begin;
        this.replica = site.replica();
        this.limits = site.limits();
        this.business = business;
        this.monkeys = new Monkeys(flock.count(), site.replicas());
        this.history = new MonkeyHistory(flock.name(), begin, monkeys);
        this.figures = new StatsRecorder(flock.name(), begin, origin, flock.warmUp());
        this.time = new LoadScheduler(flock.name(), origin);
        this.turns = new VirtualThreadExecutor(business, figures, monkeys, history, time);
        SplittableRandom random = new SplittableRandom(31L * flock.name().hashCode() + replica);
        this.loadModel = LoadModels.of(flock, monkeys, turns, limits, random);
    }

    /** Where a flock runs. */
    record Site(int replica, int replicas, Limits limits) {}

    void start(FlockPartition flockPartition) {
        divide(flockPartition);
        ProcessorShare processors = new ProcessorShare();
        time.start(loadModel, second -> {
            long now = time.now();
            double busy = processors.sinceLast();
            if (!loadModel.over(now)) {
                figures.tick(second, loadModel.alive(now), busy);
            }
        });
    }

    @Override
    public Flock flock() {
        return flock;
    }

    @Override
    public Instant begin() {
        return begin;
    }

    @Override
    public synchronized void divide(FlockPartition flockPartition) {
        FlockShare share = FlockShare.of(flock, flockPartition, replica);
        loadModel.divide(share, time.now());
    }

    @Override
    public void refresh() {
        for (int monkey : monkeys.ours()) {
            monkeys.change(monkey, Monkeys.FORGET, 0);
        }
    }

    @Override
    public RunStats figures() {
        return figures.figures(ended() ? 0 : loadModel.alive(time.now()));
    }

    @Override
    public List<MonkeyInfo> monkeys(int from, int most) {
        int[] ours = monkeys.ours();
        int found = Arrays.binarySearch(ours, from);
        boolean over = ended();
        return Arrays.stream(ours)
                .skip(found >= 0 ? found : -found - 1)
                .limit(most)
                .mapToObj(monkey -> history.info(monkey, over))
                .toList();
    }

    @Override
    public Optional<MonkeyInfo> monkey(int number) {
        return Arrays.binarySearch(monkeys.ours(), number) >= 0
                ? Optional.of(history.info(number, ended()))
                : Optional.empty();
    }

    @Override
    public List<String> log(int number) {
        return history.log(number);
    }

    @Override
    public boolean ended() {
        return loadModel.over(time.now());
    }

    @Override
    public void close() {
        if (closed.getAndSet(true)) {
            return;
        }
        time.close();
        loadModel.stop(time.now());
        turns.close(limits.grace());
        business.close();
    }

    /** How much of the machine this process used since it was last asked. Not thread-safe. */
    private static final class ProcessorShare {
        private final OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        private long used = system.getProcessCpuTime();
        private long then = System.nanoTime();

        /** Of all processors, 0 to 1. */
        double sinceLast() {
            long usedNow = system.getProcessCpuTime();
            long now = System.nanoTime();
            double share = (double) (usedNow - used) / Math.max(1, now - then) / system.getAvailableProcessors();
            used = usedNow;
            then = now;
            return Math.clamp(share, 0, 1);
        }
    }
}
