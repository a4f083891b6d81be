package io.livepatch.fleet.stats;

import io.livepatch.fleet.stats.RunStats.GeneratorStats;
import io.livepatch.fleet.stats.RunStats.StepStats;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.DoubleAccumulator;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/**
 * The {@link Recorder} of one flock on this replica. Thread-safe; a thread records to one of several shards, chosen by its number, so that threads
 * rarely contend.
 *
 * <p>An iteration due in the warm-up, and its calls, count in {@link RunStats#slots} only. The due moment decides, so every replica leaves out the
 * same iterations, however long they take.
 */
public final class StatsRecorder implements Recorder {
    private static final int MAX_KINDS = 50;
    private static final int MAX_UNITS = 1000;

    private final String flock;
    private final Instant begin;
    private final long origin;
    private final LongSupplier nanoTime;
    private final long warmUp;
    private final Recorder warmUpRecorder = new WarmUpRecorder();
    private final TimeSeries timeSeries = new TimeSeries();
    private final RecorderShard[] shards;
    private final Outcome iteration = new Outcome();
    private final Map<String, Outcome> steps = new ConcurrentHashMap<>();
    private final BoundedCounter units = new BoundedCounter(MAX_UNITS);
    private final LongAdder unnamed = new LongAdder();
    private final LongAdder passedOver = new LongAdder();
    private final LongAdder held = new LongAdder();
    private final DoubleAccumulator busiest = new DoubleAccumulator(Math::max, 0);

    private record Outcome(BoundedCounter errors, BoundedCounter refusals) {
        Outcome() {
            this(new BoundedCounter(MAX_KINDS), new BoundedCounter(MAX_KINDS));
        }

        StepStats stats(Histogram response, Histogram service) {
            return new StepStats(
                    response.getTotalCount(),
                    errors.counts(),
                    refusals.counts(),
                    Latency.of(response),
                    Latency.of(service));
        }
    }

    /**
     * Nothing is recorded yet.
     *
     * @param begin the common start
     * @param origin the same moment by {@code nanoTime}
     * @param nanoTime the clock of all moments
     * @param warmUp from the common start
     */
    public StatsRecorder(String flock, Instant begin, long origin, LongSupplier nanoTime, Duration warmUp) {
        this.flock = flock;
        this.begin = begin;
        this.origin = origin;
        this.nanoTime = nanoTime;
        this.warmUp = warmUp.toNanos();
        int count = Integer.highestOneBit(Runtime.getRuntime().availableProcessors()) * 4;
        this.shards = Stream.generate(() -> new RecorderShard(timeSeries))
                .limit(count)
                .toArray(RecorderShard[]::new);
    }

    /** An iteration that was due begins. */
    public void iterationBegan(long due, long begun) {
        shard().began(second(due), measured(due), micros(begun - due));
    }

    /**
     * An iteration ended.
     *
     * @param error its kind; empty if the iteration succeeded
     */
    public void iterationEnded(long due, long begun, long ended, Optional<String> error) {
        boolean measured = measured(due);
        if (error.isEmpty()) {
            shard().succeeded(second(due), second(ended), measured, micros(ended - due), micros(ended - begun));
            return;
        }
        if (measured) {
            iteration.errors.add(error.get());
        }
        shard().failed(second(due), second(ended), measured);
    }

    /** Records the calls of an iteration that was due then. */
    public Recorder callRecorder(long due) {
        return measured(due) ? this : warmUpRecorder;
    }

    private boolean measured(long due) {
        return warmUp == 0 || due - origin >= warmUp;
    }

    @Override
    public void step(String step, long begun, long ended, Optional<String> error) {
        if (error.isPresent()) {
            outcome(step).errors.add(error.get());
        } else {
            shard().step(step, micros(ended - begun));
        }
    }

    @Override
    public void refused(String step, int status, Duration retryAfter) {
        String text = Integer.toString(status);
        iteration.refusals.add(text);
        outcome(step).refusals.add(text);
        shard().refused(second(nanoTime.getAsLong()));
    }

    @Override
    public void answered(String unit) {
        units.add(unit);
    }

    @Override
    public void unnamed() {
        unnamed.increment();
    }

    @Override
    public void held() {
        held.increment();
    }

    /** An open load gave so many iterations to the next monkey, because one was still busy with its last. */
    public void passedOver(long times) {
        if (measured(nanoTime.getAsLong())) {
            passedOver.add(times);
        }
    }

    /**
     * A second of the run ended.
     *
     * @param machines monkeys alive at its end
     * @param busy the share of the machine's processors that this process used in it, 0 to 1
     */
    public void tick(int second, long machines, double busy) {
        timeSeries.machines(second, machines);
        if (measured(origin + second * 1_000_000_000L)) {
            busiest.accumulate(busy);
        }
    }

    /**
     * The statistics up to now.
     *
     * @param machines monkeys that are alive
     */
    public RunStats snapshot(long machines) {
        Histogram lateness = new Histogram(Latency.DIGITS);
        Histogram response = new Histogram(Latency.DIGITS);
        Histogram service = new Histogram(Latency.DIGITS);
        Map<String, Histogram> times = new TreeMap<>();
        for (RecorderShard shard : shards) {
            shard.addTo(lateness, response, service, times);
        }
        steps.keySet().forEach(step -> times.computeIfAbsent(step, _ -> new Histogram(Latency.DIGITS)));
        Map<String, StepStats> calls = new TreeMap<>();
        times.forEach((step, taken) -> calls.put(step, outcome(step).stats(taken, taken)));
        return new RunStats(
                flock,
                begin,
                iteration.stats(response, service),
                calls,
                timeSeries.slots(),
                units.counts(),
                unnamed.sum(),
                new GeneratorStats(Latency.of(lateness), busiest.get(), machines, passedOver.sum(), held.sum()));
    }

    private Outcome outcome(String step) {
        Outcome known = steps.get(step);
        return known == null ? steps.computeIfAbsent(step, _ -> new Outcome()) : known;
    }

    private RecorderShard shard() {
        return shards[(int) Thread.currentThread().threadId() & (shards.length - 1)];
    }

    private int second(long moment) {
        return (int) Math.max(0, (moment - origin) / 1_000_000_000L);
    }

    private static long micros(long nanos) {
        return Math.clamp(nanos / 1000, 0, Latency.HIGHEST_MICROS);
    }

    /** Records the calls in the warm-up: only the refusals of each second. */
    private final class WarmUpRecorder implements Recorder {
        @Override
        public void step(String step, long begun, long ended, Optional<String> error) {}

        @Override
        public void refused(String step, int status, Duration retryAfter) {
            shard().refused(second(nanoTime.getAsLong()));
        }

        @Override
        public void answered(String unit) {}

        @Override
        public void unnamed() {}

        @Override
        public void held() {}
    }

    /**
     * Counts by a text that the server chooses. Bounded, so that new texts in every response do not fill the memory: all further texts count as
     * one.
     */
    private static final class BoundedCounter {
        private static final String OTHER = "other";

        private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();
        private final int max;

        BoundedCounter(int max) {
            this.max = max;
        }

        void add(String text) {
            LongAdder count = counts.get(text);
            (count == null ? admit(text) : count).increment();
        }

        private synchronized LongAdder admit(String text) {
            return counts.computeIfAbsent(counts.size() < max ? text : OTHER, _ -> new LongAdder());
        }

        Map<String, Long> counts() {
            Map<String, Long> now = new TreeMap<>();
            counts.forEach((text, count) -> now.put(text, count.sum()));
            return now;
        }
    }
}
