package io.livepatch.fleet.api;

import io.livepatch.fleet.division.Division;
import io.livepatch.fleet.figures.Figures;
import io.livepatch.fleet.figures.Generator;
import io.livepatch.fleet.figures.Latency;
import io.livepatch.fleet.figures.Slot;
import io.livepatch.fleet.figures.Step;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.load.FlockRun;
import io.livepatch.fleet.load.FlockRuns;
import io.livepatch.fleet.load.MonkeyInfo;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;

/** Runs flocks whose turns do nothing: each monkey that is alive has ended one more at each tick. */
final class EmptyRuns implements FlockRuns {
    private static final int TICK_MILLIS = 20;
    private final int replica;
    private final AtomicInteger open = new AtomicInteger();

    EmptyRuns(int replica) {
        this.replica = replica;
    }

    @Override
    public FlockRun start(Flock flock, Division division, Instant begin) {
        if (flock.name().startsWith("impossible")) {
            throw new IllegalArgumentException("this flock cannot be run");
        }
        EmptyRun run = new EmptyRun(replica, flock, division, begin, open);
        open.incrementAndGet();
        run.start();
        return run;
    }

    /** How many have been started and not closed. */
    int open() {
        return open.get();
    }

    private static final class EmptyRun implements FlockRun {
        private final int replica;
        private final Flock flock;
        private final Instant begin;
        private final Histogram micros = new Histogram(Latency.HIGHEST_MICROS, Latency.DIGITS);
        private final Map<Integer, Slot> slots = new TreeMap<>();
        private final Map<Integer, Long> turns = new TreeMap<>();
        private final ScheduledExecutorService ticks = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().factory());
        private Division division;
        private int refreshes;
        private boolean ended;
        private final AtomicInteger open;

        EmptyRun(int replica, Flock flock, Division division, Instant begin, AtomicInteger open) {
            this.open = open;
            this.replica = replica;
            this.flock = flock;
            this.division = division;
            this.begin = begin;
        }

        void start() {
            var _ = ticks.scheduleAtFixedRate(this::tick, 0, TICK_MILLIS, TimeUnit.MILLISECONDS);
        }

        private int[] alive() {
            Duration age = Duration.between(begin, Instant.now());
            return Arrays.stream(division.of(replica, flock.count()))
                    .filter(monkey -> !ended
                            && !age.isNegative()
                            && flock.batches().begin(monkey).compareTo(age) <= 0)
                    .toArray();
        }

        private synchronized void tick() {
            Duration age = Duration.between(begin, Instant.now());
            if (flock.duration().map(it -> age.compareTo(it) >= 0).orElse(false)) {
                ended = true;
            }
            int[] alive = alive();
            if (alive.length == 0) {
                return;
            }
            Histogram fresh = new Histogram(Latency.HIGHEST_MICROS, Latency.DIGITS);
            fresh.recordValueWithCount(1 + replica, alive.length);
            micros.add(fresh);
            Arrays.stream(alive).forEach(monkey -> turns.merge(monkey, 1L, Long::sum));
            int second = (int) age.toSeconds();
            Slot before = slots.get(second);
            Slot now = new Slot(
                    second,
                    before == null ? alive.length : 0,
                    alive.length,
                    0,
                    alive.length,
                    alive.length,
                    0,
                    0,
                    Latency.of(fresh),
                    Latency.of(fresh));
            slots.merge(second, now, Slot::plus);
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
        public synchronized void divide(Division now) {
            division = now;
        }

        @Override
        public synchronized void refresh() {
            refreshes++;
        }

        @Override
        public synchronized Figures figures() {
            Latency latency = Latency.of(micros);
            return new Figures(
                    flock.name(),
                    begin,
                    new Step(latency.count(), Map.of(), Map.of(), latency, latency),
                    Map.of("turn", new Step(latency.count(), Map.of(), Map.of("429", 1L), latency, latency)),
                    List.copyOf(slots.values()),
                    latency.count() == 0 ? Map.of() : Map.of("unit-" + replica, latency.count()),
                    new Generator(Latency.NONE, 0.5, alive().length));
        }

        @Override
        public synchronized List<MonkeyInfo> monkeys(int from, int most) {
            return Arrays.stream(division.of(replica, flock.count()))
                    .filter(monkey -> monkey >= from)
                    .limit(most)
                    .mapToObj(this::info)
                    .toList();
        }

        private MonkeyInfo info(int monkey) {
            return new MonkeyInfo(
                    monkey,
                    "%s-%02d".formatted(flock.name(), monkey + 1),
                    MonkeyInfo.State.IDLE,
                    turns.getOrDefault(monkey, 0L),
                    0,
                    Optional.empty(),
                    Optional.empty());
        }

        @Override
        public synchronized Optional<MonkeyInfo> monkey(int number) {
            return IntStream.of(division.of(replica, flock.count()))
                    .filter(monkey -> monkey == number)
                    .mapToObj(this::info)
                    .findFirst();
        }

        @Override
        public synchronized List<String> log(int number) {
            return List.of("monkey %d runs on replica %d".formatted(number, replica), "refreshes: " + refreshes);
        }

        @Override
        public synchronized boolean ended() {
            return ended;
        }

        @Override
        public synchronized void close() {
            ended = true;
            open.decrementAndGet();
            ticks.shutdown();
        }
    }
}
