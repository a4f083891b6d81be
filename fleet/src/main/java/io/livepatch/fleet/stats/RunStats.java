package io.livepatch.fleet.stats;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What one flock did so far, on one replica or on several together. Immutable.
 *
 * @param begin the common start
 * @param turn whole turns
 * @param steps the calls within turns, by name, as in {@code enrol}, {@code check-in}, {@code download}
 * @param slots by second, without gaps from the first that has something; nothing else has what was due in the warm-up
 * @param units answers by the unit that gave them
 * @param unnamed answers that name no unit: the load balancer's own, if there is one
 */
public record RunStats(
        String flock,
        Instant begin,
        StepStats turn,
        Map<String, StepStats> steps,
        List<SecondStats> slots,
        Map<String, Long> units,
        long unnamed,
        GeneratorStats generator) {

    /** In which all answers are those of units. */
    public RunStats(
            String flock,
            Instant begin,
            StepStats turn,
            Map<String, StepStats> steps,
            List<SecondStats> slots,
            Map<String, Long> units,
            GeneratorStats generator) {
        this(flock, begin, turn, steps, slots, units, 0, generator);
    }

    public RunStats {
        steps = Map.copyOf(steps);
        slots = List.copyOf(slots);
        units = Map.copyOf(units);
    }

    /** Nothing yet. */
    public static RunStats none(String flock, Instant begin) {
        return new RunStats(flock, begin, StepStats.NONE, Map.of(), List.of(), Map.of(), GeneratorStats.NONE);
    }

    /** The same, of a start as another clock has it. */
    public RunStats since(Instant other) {
        return new RunStats(flock, other, turn, steps, slots, units, unnamed, generator);
    }

    public RunStats with(List<SecondStats> others) {
        return new RunStats(flock, begin, turn, steps, others, units, unnamed, generator);
    }

    public RunStats with(GeneratorStats other) {
        return new RunStats(flock, begin, turn, steps, slots, units, unnamed, other);
    }

    /** Turns that were due, of those that are judged. */
    public long offered() {
        return slots.stream().mapToLong(SecondStats::judged).sum();
    }

    /** Turns that were due in the warm-up, and are not judged. */
    public long unjudged() {
        return slots.stream().mapToLong(SecondStats::unjudged).sum();
    }

    /** Turns that came to an end, well or not, of those that are judged. */
    public long done() {
        return turn.ok() + turn.failed();
    }

    /** Of the same flock and start, from another replica. */
    public RunStats plus(RunStats other) {
        return new RunStats(
                flock,
                begin,
                turn.plus(other.turn),
                CounterMaps.of(steps, other.steps, StepStats::plus),
                slots(other.slots),
                CounterMaps.of(units, other.units),
                unnamed + other.unnamed,
                generator.plus(other.generator));
    }

    private List<SecondStats> slots(List<SecondStats> others) {
        Map<Integer, SecondStats> all = new TreeMap<>();
        slots.forEach(slot -> all.put(slot.second(), slot));
        others.forEach(slot -> all.merge(slot.second(), slot, SecondStats::plus));
        return List.copyOf(all.values());
    }
}
