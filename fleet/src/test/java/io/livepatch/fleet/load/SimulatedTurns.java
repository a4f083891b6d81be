package io.livepatch.fleet.load;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.TreeMap;

/** Turns that end when the test says so, in a time of the test's own. */
final class SimulatedTurns implements IterationExecutor {
    record Begun(int monkey, long due) {}

    record Lost(long due, String kind) {}

    final List<Begun> begun = new ArrayList<>();
    final List<Integer> prepared = new ArrayList<>();

    /** Every moment that was said to be due, whatever became of it. */
    final List<Long> offered = new ArrayList<>();

    final List<Lost> lost = new ArrayList<>();
    final TreeMap<Integer, Long> running = new TreeMap<>();
    long told;
    long passedOver;
    int wakes;

    @Override
    public void prepare(int monkey) {
        prepared.add(monkey);
    }

    @Override
    public void begin(int monkey, long due, LoadModel loadModel) {
        offered.add(due);
        resume(monkey, due, loadModel);
    }

    @Override
    public void resume(int monkey, long due, LoadModel loadModel) {
        if (running.put(monkey, due) != null) {
            throw new AssertionError("monkey %d has two turns at once".formatted(monkey));
        }
        begun.add(new Begun(monkey, due));
    }

    @Override
    public void due(long due, long now) {
        told++;
        offered.add(due);
    }

    @Override
    public void lost(long due, long now, String kind) {
        lost.add(new Lost(due, kind));
    }

    @Override
    public void passedOver(long times) {
        passedOver += times;
    }

    @Override
    public void wake() {
        wakes++;
    }

    /** The turn ends; if the monkey is to go on at once, it has begun the next. */
    void end(int monkey, boolean ok, long now, LoadModel loadModel) {
        running.remove(monkey);
        OptionalLong next = loadModel.ended(monkey, ok, now);
        next.ifPresent(due -> resume(monkey, due, loadModel));
    }

    void endAll(long now, LoadModel loadModel) {
        List.copyOf(running.keySet()).forEach(monkey -> end(monkey, true, now, loadModel));
    }

    /** Lets time pass to a moment, with turns that take none. */
    void pass(LoadModel loadModel, long from, long to) {
        for (long now = from; now <= to; ) {
            long next = loadModel.advance(now);
            endAll(now, loadModel);
            now = Math.max(now + 1, Math.min(next, loadModel.advance(now)));
        }
    }

    List<Integer> monkeys() {
        return begun.stream().map(Begun::monkey).toList();
    }

    List<Long> moments() {
        return begun.stream().map(Begun::due).toList();
    }
}
