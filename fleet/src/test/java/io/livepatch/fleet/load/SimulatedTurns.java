package io.livepatch.fleet.load;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.TreeMap;

/** Turns that end when the test says so, in a time of the test's own. */
final class SimulatedTurns implements Turns {
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
    public void begin(int monkey, long due, Rhythm rhythm) {
        offered.add(due);
        resume(monkey, due, rhythm);
    }

    @Override
    public void resume(int monkey, long due, Rhythm rhythm) {
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
    void end(int monkey, boolean ok, long now, Rhythm rhythm) {
        running.remove(monkey);
        OptionalLong next = rhythm.ended(monkey, ok, now);
        next.ifPresent(due -> resume(monkey, due, rhythm));
    }

    void endAll(long now, Rhythm rhythm) {
        List.copyOf(running.keySet()).forEach(monkey -> end(monkey, true, now, rhythm));
    }

    /** Lets time pass to a moment, with turns that take none. */
    void pass(Rhythm rhythm, long from, long to) {
        for (long now = from; now <= to; ) {
            long next = rhythm.advance(now);
            endAll(now, rhythm);
            now = Math.max(now + 1, Math.min(next, rhythm.advance(now)));
        }
    }

    List<Integer> monkeys() {
        return begun.stream().map(Begun::monkey).toList();
    }

    List<Long> moments() {
        return begun.stream().map(Begun::due).toList();
    }
}
