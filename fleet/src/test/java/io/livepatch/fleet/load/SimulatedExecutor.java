package io.livepatch.fleet.load;

import io.livepatch.fleet.load.LoadModel.IterationExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.TreeMap;

/** An executor whose iterations end when the test ends them, in simulated time. */
final class SimulatedExecutor implements IterationExecutor {
    record Begun(int monkey, long due) {}

    record Lost(long due, String kind) {}

    final List<Begun> begun = new ArrayList<>();
    final List<Integer> prepared = new ArrayList<>();

    /** The due moments of all reported iterations. */
    final List<Long> offered = new ArrayList<>();

    final List<Lost> lost = new ArrayList<>();
    final TreeMap<Integer, Long> running = new TreeMap<>();
    long reported;
    long passedOver;
    int wakes;

    @Override
    public void prepare(int monkey) {
        prepared.add(monkey);
    }

    @Override
    public void begin(int monkey, long due, LoadModel model) {
        offered.add(due);
        resume(monkey, due, model);
    }

    @Override
    public void resume(int monkey, long due, LoadModel model) {
        if (running.put(monkey, due) != null) {
            throw new AssertionError("monkey %d runs two iterations at once".formatted(monkey));
        }
        begun.add(new Begun(monkey, due));
    }

    @Override
    public void due(long due, long now) {
        reported++;
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

    /** Ends an iteration, and begins the next one if the model wants it at once. */
    void end(int monkey, boolean ok, long now, LoadModel model) {
        running.remove(monkey);
        OptionalLong next = model.ended(monkey, ok, now);
        next.ifPresent(due -> resume(monkey, due, model));
    }

    void endAll(long now, LoadModel model) {
        List.copyOf(running.keySet()).forEach(monkey -> end(monkey, true, now, model));
    }

    /** Advances the time; iterations take no time. */
    void pass(LoadModel model, long from, long to) {
        for (long now = from; now <= to; ) {
            long next = model.advance(now);
            endAll(now, model);
            now = Math.max(now + 1, Math.min(next, model.advance(now)));
        }
    }

    List<Integer> monkeys() {
        return begun.stream().map(Begun::monkey).toList();
    }

    List<Long> moments() {
        return begun.stream().map(Begun::due).toList();
    }
}
