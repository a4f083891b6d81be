package io.livepatch.fleet.stats;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.DoubleAccumulator;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/**
 * The {@link Recorder} of one flock on this replica, and what it has seen so far. A thread that records meets hardly another one: what it says goes
 * to one of several stripes, by the number of the thread.
 *
 * <p>What was due in the warm-up stands in the seconds, and nowhere else. The moment at which a turn was due decides, for its calls as well: so it is
 * the same turns on every replica, however long they take.
 */
public final class StatsRecorder implements Recorder {
    private static final int KINDS = 50;
    private static final int UNITS = 1000;

    private final String flock;
    private final Instant begin;
    private final long origin;
    private final long warmUp;
    private final Recorder warming = new Warming();
    private final TimeSeries timeSeries = new TimeSeries();
    private final RecorderShard[] stripes;
    private final Outcome turn = new Outcome();
    private final Map<String, Outcome> steps = new ConcurrentHashMap<>();
    private final BoundedCounter units = new BoundedCounter(UNITS);
    private final LongAdder unnamed = new LongAdder();
    private final LongAdder passedOver = new LongAdder();
    private final LongAdder held = new LongAdder();
    private final DoubleAccumulator busiest = new DoubleAccumulator(Math::max, 0);

    private record Outcome(BoundedCounter errors, BoundedCounter refusals) {
        Outcome() {
            this(new BoundedCounter(KINDS), new BoundedCounter(KINDS));
        }

        StepStats step(Histogram response, Histogram service) {
            return new StepStats(
                    response.getTotalCount(),
                    errors.counts(),
                    refusals.counts(),
                    Latency.of(response),
                    Latency.of(service));
        }
    }

    /**
     * Has seen nothing yet.
     *
     * @param begin the common start
     * @param origin the same moment, as {@link System#nanoTime} has it
     * @param warmUp what is due before so much time has passed is not judged
     */
    public StatsRecorder(String flock, Instant begin, long origin, Duration warmUp) {
        this.flock = flock;
        this.begin = begin;
        this.origin = origin;
        this.warmUp = warmUp.toNanos();
        int many = Integer.highestOneBit(Runtime.getRuntime().availableProcessors()) * 4;
        this.stripes =
                Stream.generate(() -> new RecorderShard(timeSeries)).limit(many).toArray(RecorderShard[]::new);
    }

    @Override
    public void due(long due, long begun) {
        stripe().due(second(due), judged(due), micros(begun - due));
    }

    @Override
    public void turn(long due, long begun, long ended, Optional<String> error) {
        boolean judged = judged(due);
        if (error.isEmpty()) {
            stripe().ok(second(due), second(ended), judged, micros(ended - due), micros(ended - begun));
            return;
        }
        if (judged) {
            turn.errors.add(error.get());
        }
        stripe().failed(second(due), second(ended), judged);
    }

    /** For the calls of a turn that was due then. */
    public Recorder calls(long due) {
        return judged(due) ? this : warming;
    }

    private boolean judged(long due) {
        return warmUp == 0 || due - origin >= warmUp;
    }

    @Override
    public void step(String step, long begun, long ended, Optional<String> error) {
        if (error.isPresent()) {
            outcome(step).errors.add(error.get());
        } else {
            stripe().step(step, micros(ended - begun));
        }
    }

    @Override
    public void refused(String step, int status, Duration retryAfter) {
        String word = Integer.toString(status);
        turn.refusals.add(word);
        outcome(step).refusals.add(word);
        stripe().refused(second(System.nanoTime()));
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

    /** A monkey's turn came round while it was still busy with the one before; the next one got it. */
    public void passedOver(long times) {
        if (judged(System.nanoTime())) {
            passedOver.add(times);
        }
    }

    /**
     * A second of the run is over.
     *
     * @param machines monkeys that are alive at its end
     * @param busy the part of the machine's processors that this process used in it, 0 to 1
     */
    public void tick(int second, long machines, double busy) {
        timeSeries.machines(second, machines);
        if (judged(origin + second * 1_000_000_000L)) {
            busiest.accumulate(busy);
        }
    }

    /** So far. */
    public RunStats figures(long machines) {
        Histogram lateness = new Histogram(Latency.DIGITS);
        Histogram response = new Histogram(Latency.DIGITS);
        Histogram service = new Histogram(Latency.DIGITS);
        Map<String, Histogram> times = new TreeMap<>();
        for (RecorderShard recorderShard : stripes) {
            recorderShard.addTo(lateness, response, service);
            recorderShard.addTo(times);
        }
        steps.keySet().forEach(step -> times.computeIfAbsent(step, any -> new Histogram(Latency.DIGITS)));
        Map<String, StepStats> calls = new TreeMap<>();
        times.forEach((step, taken) -> calls.put(step, outcome(step).step(taken, taken)));
        return new RunStats(
                flock,
                begin,
                turn.step(response, service),
                calls,
                timeSeries.slots(),
                units.counts(),
                unnamed.sum(),
                new GeneratorStats(Latency.of(lateness), busiest.get(), machines, passedOver.sum(), held.sum()));
    }

    private Outcome outcome(String step) {
        Outcome known = steps.get(step);
        return known == null ? steps.computeIfAbsent(step, any -> new Outcome()) : known;
    }

    private RecorderShard stripe() {
        return stripes[(int) Thread.currentThread().threadId() & (stripes.length - 1)];
    }

    private int second(long moment) {
        return (int) Math.max(0, (moment - origin) / 1_000_000_000L);
    }

    private static long micros(long nanos) {
        return Math.clamp(nanos / 1000, 0, Latency.HIGHEST_MICROS);
    }

    /** Of the calls in the warm-up. */
    private final class Warming implements Recorder {
        @Override
        public void due(long due, long begun) {
            StatsRecorder.this.due(due, begun);
        }

        @Override
        public void turn(long due, long begun, long ended, Optional<String> error) {
            StatsRecorder.this.turn(due, begun, ended, error);
        }

        @Override
        public void step(String step, long begun, long ended, Optional<String> error) {}

        @Override
        public void refused(String step, int status, Duration retryAfter) {
            stripe().refused(second(System.nanoTime()));
        }

        @Override
        public void answered(String unit) {}

        @Override
        public void unnamed() {}

        @Override
        public void held() {}
    }

    /** Counts by a word that a server chooses. Further words count as one, so that new ones in every answer do not use up the memory. */
    private static final class BoundedCounter {
        private static final String OTHER = "other";

        private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();
        private final int most;

        BoundedCounter(int most) {
            this.most = most;
        }

        void add(String word) {
            LongAdder count = counts.get(word);
            (count == null ? admit(word) : count).increment();
        }

        private synchronized LongAdder admit(String word) {
            return counts.computeIfAbsent(counts.size() < most ? word : OTHER, any -> new LongAdder());
        }

        Map<String, Long> counts() {
            Map<String, Long> now = new TreeMap<>();
            counts.forEach((word, count) -> now.put(word, count.sum()));
            return now;
        }
    }
}
