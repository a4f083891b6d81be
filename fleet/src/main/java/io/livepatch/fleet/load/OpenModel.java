package io.livepatch.fleet.load;

import io.livepatch.fleet.flock.ArrivalCurve;
import io.livepatch.fleet.flock.Load;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.DoubleSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The open model: iterations are due at the moments of the arrival curve, however the earlier ones went. An iteration that begins late keeps its due
 * moment, so a stall of the server or of the generator shows in the response times of all iterations that it delays; none is left out or moved. When
 * every monkey is busy, iterations wait for the first free one.
 */
final class OpenModel implements LoadModel {
    private final IterationExecutor executor;
    private final MonkeyRing ring;
    private final RandomGenerator random;
    private final long end;
    private final long deadline;
    private @Nullable Arrivals arrivals;
    // All arrivals up to this moment have been handled.
    private long handled = -1;
    private boolean stopped;

    /**
     * Has no monkeys yet.
     *
     * @param end no iteration is due at or after it
     * @param deadline iterations that still wait by then are lost
     */
    OpenModel(IterationExecutor executor, MonkeyRing ring, RandomGenerator random, long end, long deadline) {
        this.executor = executor;
        this.ring = ring;
        this.random = random;
        this.end = end;
        this.deadline = deadline;
    }

    private long next() {
        return stopped || arrivals == null ? NEVER : arrivals.next();
    }

    @Override
    public synchronized long advance(long now) {
        handled = Math.max(handled, now);
        for (Optional<MonkeyRing.Placement.Begin> one = ring.oldest(); one.isPresent(); one = ring.oldest()) {
            executor.resume(one.get().monkey(), one.get().due(), this);
        }
        while (arrivals != null && next() <= Math.min(now, end - 1)) {
            arrive(next(), now);
            arrivals.advance();
        }
        executor.passedOver(ring.passedOver());
        if (now >= deadline) {
            giveUp(now);
        }
        if (next() < end) {
            return next();
        }
        return ring.hasWaiting() ? deadline : NEVER;
    }

    private void arrive(long due, long now) {
        switch (ring.place(due)) {
            case MonkeyRing.Placement.Begin begin -> executor.begin(begin.monkey(), due, this);
            case MonkeyRing.Placement.Wait _ -> executor.due(due, now);
            case MonkeyRing.Placement.Full _ -> {
                executor.due(due, now);
                executor.lost(due, now, "overload");
            }
        }
    }

    private void giveUp(long now) {
        for (long due : ring.giveUp()) {
            executor.lost(due, now, "not begun");
        }
    }

    @Override
    public OptionalLong ended(int monkey, boolean ok, long now) {
        return ring.ended(monkey);
    }

    @Override
    public void divide(FlockShare share, long now) {
        divide(share, MonkeyRing.order(share.monkeys()), now);
    }

    private synchronized void divide(FlockShare share, int[] order, long now) {
        if (stopped) {
            return;
        }
        advance(now); // arrivals up to now belong to the old share, later ones to the new
        ring.divide(share.monkeys(), order);
        // Not from now: the scheduler may have handled later arrivals while this thread waited for the lock.
        arrivals = share.load() instanceof Load.Open load ? new Arrivals(load, share.phase(), handled, random) : null;
        executor.wake();
    }

    @Override
    public synchronized void stop(long now) {
        stopped = true;
        giveUp(now);
    }

    @Override
    public synchronized boolean over(long now) {
        return next() >= end && ring.quiet();
    }

    @Override
    public long alive(long now) {
        return now < 0 ? 0 : ring.size();
    }

    /** The due moments of an open load, in ascending order, as nanoseconds after the common start. Not thread-safe. */
    static final class Arrivals {
        private final ArrivalCurve curve;
        private final DoubleSupplier gap;
        // A count of arrivals: on this axis the rate is one, so a ramp of any shape needs no special case.
        private double position;
        private long next;

        /**
         * Begins after a moment.
         *
         * @param phase of even arrivals: the position of the first one
         */
        Arrivals(Load.Open load, double phase, long after, RandomGenerator random) {
            this.curve = ArrivalCurve.of(load);
            boolean even = load.arrivals() == Load.Arrivals.CONSTANT;
            this.gap = even ? () -> 1 : random::nextExponential;
            double passed = curve.iterations(Duration.ofNanos(Math.max(0, after)));
            this.position = even ? Math.max(0, Math.floor(passed - phase)) + phase : passed + gap.getAsDouble();
            this.next = moment();
            // Rounding may leave an arrival at or before the moment; the previous share had it.
            while (next <= after) {
                advance();
            }
        }

        long next() {
            return next;
        }

        void advance() {
            position += gap.getAsDouble();
            next = moment();
        }

        private long moment() {
            Duration moment = curve.moment(position);
            return moment.equals(ArrivalCurve.NEVER) ? LoadModel.NEVER : moment.toNanos();
        }
    }
}
