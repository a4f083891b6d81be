package io.livepatch.fleet.load;

import io.livepatch.fleet.load.LoadModel.FlockShare;
import io.livepatch.fleet.load.LoadModel.IterationExecutor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.IntToLongFunction;

/**
 * A {@link LoadModel} that prepares each monkey, at a moment of its own, before the first iteration. Monkeys that are added after that are not
 * prepared.
 */
final class SetupPhase implements LoadModel {
    private final LoadModel model;
    private final IterationExecutor executor;
    private final IntToLongFunction moment;
    private final long end;
    private final BitSet prepared = new BitSet();
    private int[] waiting = {};
    private int at;

    /**
     * Has no monkeys yet.
     *
     * @param moment when a monkey is to be prepared: no earlier than one with a lower number
     * @param end no monkey is prepared at or after it
     */
    SetupPhase(LoadModel model, IterationExecutor executor, IntToLongFunction moment, long end) {
        this.model = model;
        this.executor = executor;
        this.moment = moment;
        this.end = end;
    }

    @Override
    public long advance(long now) {
        List<Integer> ready = new ArrayList<>();
        long next = poll(now, ready);
        ready.forEach(executor::prepare);
        return Math.min(next, model.advance(now));
    }

    private synchronized long poll(long now, List<Integer> ready) {
        for (; at < waiting.length && now < end; at++) {
            long due = moment.applyAsLong(waiting[at]);
            if (due > now) {
                return due;
            }
            prepared.set(waiting[at]);
            ready.add(waiting[at]);
        }
        return NEVER;
    }

    @Override
    public OptionalLong ended(int monkey, boolean ok, long now) {
        return model.ended(monkey, ok, now);
    }

    @Override
    public void divide(FlockShare share, long now) {
        plan(share.monkeys());
        model.divide(share, now);
    }

    private synchronized void plan(int[] monkeys) {
        waiting = Arrays.stream(monkeys).filter(monkey -> !prepared.get(monkey)).toArray();
        at = 0;
    }

    @Override
    public void stop(long now) {
        plan(new int[0]);
        model.stop(now);
    }

    @Override
    public boolean over(long now) {
        return model.over(now);
    }

    @Override
    public long alive(long now) {
        return model.alive(now);
    }
}
