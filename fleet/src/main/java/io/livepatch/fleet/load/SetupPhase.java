package io.livepatch.fleet.load;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.IntToLongFunction;

/** A rhythm before whose first turn each monkey is prepared, at a moment of its own; one that comes when it is too late for that is not. */
final class SetupPhase implements LoadModel {
    private final LoadModel loadModel;
    private final IterationExecutor iterationExecutor;
    private final IntToLongFunction moment;
    private final long end;
    private final BitSet begun = new BitSet();
    private int[] waiting = {};
    private int at;

    /**
     * Has nobody yet.
     *
     * @param moment when a monkey is to be prepared: no earlier than one with a lower number
     * @param end nobody is prepared at or after it
     */
    SetupPhase(LoadModel loadModel, IterationExecutor iterationExecutor, IntToLongFunction moment, long end) {
        this.loadModel = loadModel;
        this.iterationExecutor = iterationExecutor;
        this.moment = moment;
        this.end = end;
    }

    @Override
    public long advance(long now) {
        List<Integer> due = new ArrayList<>();
        long next = poll(now, due);
        due.forEach(iterationExecutor::prepare);
        return Math.min(next, loadModel.advance(now));
    }

    private synchronized long poll(long now, List<Integer> due) {
        for (; at < waiting.length && now < end; at++) {
            long its = moment.applyAsLong(waiting[at]);
            if (its > now) {
                return its;
            }
            begun.set(waiting[at]);
            due.add(waiting[at]);
        }
        return NEVER;
    }

    @Override
    public OptionalLong ended(int monkey, boolean ok, long now) {
        return loadModel.ended(monkey, ok, now);
    }

    @Override
    public void divide(FlockShare flockShare, long now) {
        plan(flockShare.monkeys());
        loadModel.divide(flockShare, now);
    }

    private synchronized void plan(int[] monkeys) {
        waiting = Arrays.stream(monkeys).filter(monkey -> !begun.get(monkey)).toArray();
        at = 0;
    }

    @Override
    public void stop(long now) {
        plan(new int[0]);
        loadModel.stop(now);
    }

    @Override
    public boolean over(long now) {
        return loadModel.over(now);
    }

    @Override
    public long alive(long now) {
        return loadModel.alive(now);
    }
}
