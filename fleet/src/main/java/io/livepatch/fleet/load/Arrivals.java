package io.livepatch.fleet.load;

import io.livepatch.fleet.flock.ArrivalCurve;
import io.livepatch.fleet.flock.Load;
import java.time.Duration;
import java.util.function.DoubleSupplier;
import java.util.random.RandomGenerator;

/** The moments at which turns of an open load are due, one after the other. Not thread-safe. */
final class Arrivals {
    private final ArrivalCurve arrivalCurve;
    private final DoubleSupplier gap;
    // Stands on the axis of turns, where the rate is one: so a ramp needs no special care, whatever its shape.
    private double turns;
    private long next;

    /**
     * Those after a moment.
     *
     * @param phase of even arrivals: the first is due when the plan comes to it
     */
    Arrivals(Load.Open load, double phase, long after, RandomGenerator random) {
        this.arrivalCurve = ArrivalCurve.of(load);
        boolean even = load.arrivals() == Load.Arrivals.CONSTANT;
        this.gap = even ? () -> 1 : random::nextExponential;
        double passed = arrivalCurve.iterations(Duration.ofNanos(Math.max(0, after)));
        this.turns = even ? Math.max(0, Math.floor(passed - phase)) + phase : passed + gap.getAsDouble();
        this.next = moment();
        // What was due by then was begun by whoever had it before, or is the past.
        while (next <= after) {
            pass();
        }
    }

    /** In nanoseconds after the common start. */
    long next() {
        return next;
    }

    void pass() {
        turns += gap.getAsDouble();
        next = moment();
    }

    private long moment() {
        Duration moment = arrivalCurve.moment(turns);
        return moment.equals(ArrivalCurve.NEVER) ? LoadModel.NEVER : moment.toNanos();
    }
}
