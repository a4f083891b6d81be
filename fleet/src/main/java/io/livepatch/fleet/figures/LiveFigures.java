package io.livepatch.fleet.figures;

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
 */
public final class LiveFigures implements Recorder {
    private static final int KINDS = 50;
    private static final int UNITS = 1000;

    private final String flock;
    private final Instant begin;
    private final long origin;
    private final Seconds seconds = new Seconds();
    private final Stripe[] stripes;
    private final Outcome turn = new Outcome();
    private final Map<String, Outcome> steps = new ConcurrentHashMap<>();
    private final Tally units = new Tally(UNITS);
    private final LongAdder unnamed = new LongAdder();
    private final LongAdder passedOver = new LongAdder();
    private final DoubleAccumulator busiest = new DoubleAccumulator(Math::max, 0);

    private record Outcome(Tally errors, Tally refusals) {
        Outcome() {
            this(new Tally(KINDS), new Tally(KINDS));
        }

        Step step(Histogram response, Histogram service) {
            return new Step(
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
     */
    public LiveFigures(String flock, Instant begin, long origin) {
        this.flock = flock;
        this.begin = begin;
        this.origin = origin;
        int many = Integer.highestOneBit(Runtime.getRuntime().availableProcessors()) * 4;
        this.stripes = Stream.generate(() -> new Stripe(seconds)).limit(many).toArray(Stripe[]::new);
    }

    @Override
    public void due(long due, long begun) {
        stripe().due(second(due), micros(begun - due));
    }

    @Override
    public void turn(long due, long begun, long ended, Optional<String> error) {
        if (error.isPresent()) {
            turn.errors.add(error.get());
            stripe().failed(second(ended));
        } else {
            stripe().ok(second(ended), micros(ended - due), micros(ended - begun));
        }
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

    /** A monkey's turn came round while it was still busy with the one before; the next one got it. */
    public void passedOver(long times) {
        passedOver.add(times);
    }

    /**
     * A second of the run is over.
     *
     * @param machines monkeys that are alive at its end
     * @param busy the part of the machine's processors that this process used in it, 0 to 1
     */
    public void tick(int second, long machines, double busy) {
        seconds.machines(second, machines);
        busiest.accumulate(busy);
    }

    /** So far. */
    public Figures figures(long machines) {
        Histogram lateness = new Histogram(Latency.DIGITS);
        Histogram response = new Histogram(Latency.DIGITS);
        Histogram service = new Histogram(Latency.DIGITS);
        Map<String, Histogram> times = new TreeMap<>();
        for (Stripe stripe : stripes) {
            stripe.addTo(lateness, response, service);
            stripe.addTo(times);
        }
        steps.keySet().forEach(step -> times.computeIfAbsent(step, any -> new Histogram(Latency.DIGITS)));
        Map<String, Step> calls = new TreeMap<>();
        times.forEach((step, taken) -> calls.put(step, outcome(step).step(taken, taken)));
        return new Figures(
                flock,
                begin,
                turn.step(response, service),
                calls,
                seconds.slots(),
                units.counts(),
                unnamed.sum(),
                new Generator(Latency.of(lateness), busiest.get(), machines, passedOver.sum()));
    }

    private Outcome outcome(String step) {
        Outcome known = steps.get(step);
        return known == null ? steps.computeIfAbsent(step, any -> new Outcome()) : known;
    }

    private Stripe stripe() {
        return stripes[(int) Thread.currentThread().threadId() & (stripes.length - 1)];
    }

    private int second(long moment) {
        return (int) Math.max(0, (moment - origin) / 1_000_000_000L);
    }

    private static long micros(long nanos) {
        return Math.clamp(nanos / 1000, 0, Latency.HIGHEST_MICROS);
    }
}
