package io.livepatch.fleet.figures;

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
public record Figures(
        String flock,
        Instant begin,
        Step turn,
        Map<String, Step> steps,
        List<Slot> slots,
        Map<String, Long> units,
        long unnamed,
        Generator generator) {

    /** In which all answers are those of units. */
    public Figures(
            String flock,
            Instant begin,
            Step turn,
            Map<String, Step> steps,
            List<Slot> slots,
            Map<String, Long> units,
            Generator generator) {
        this(flock, begin, turn, steps, slots, units, 0, generator);
    }

    public Figures {
        steps = Map.copyOf(steps);
        slots = List.copyOf(slots);
        units = Map.copyOf(units);
    }

    /** Nothing yet. */
    public static Figures none(String flock, Instant begin) {
        return new Figures(flock, begin, Step.NONE, Map.of(), List.of(), Map.of(), Generator.NONE);
    }

    /** The same, of a start as another clock has it. */
    public Figures since(Instant other) {
        return new Figures(flock, other, turn, steps, slots, units, unnamed, generator);
    }

    public Figures with(List<Slot> others) {
        return new Figures(flock, begin, turn, steps, others, units, unnamed, generator);
    }

    public Figures with(Generator other) {
        return new Figures(flock, begin, turn, steps, slots, units, unnamed, other);
    }

    /** Turns that were due, of those that are judged. */
    public long offered() {
        return slots.stream().mapToLong(Slot::judged).sum();
    }

    /** Turns that were due in the warm-up, and are not judged. */
    public long unjudged() {
        return slots.stream().mapToLong(Slot::unjudged).sum();
    }

    /** Turns that came to an end, well or not, of those that are judged. */
    public long done() {
        return turn.ok() + turn.failed();
    }

    /** Of the same flock and start, from another replica. */
    public Figures plus(Figures other) {
        return new Figures(
                flock,
                begin,
                turn.plus(other.turn),
                Sums.of(steps, other.steps, Step::plus),
                slots(other.slots),
                Sums.of(units, other.units),
                unnamed + other.unnamed,
                generator.plus(other.generator));
    }

    private List<Slot> slots(List<Slot> others) {
        Map<Integer, Slot> all = new TreeMap<>();
        slots.forEach(slot -> all.put(slot.second(), slot));
        others.forEach(slot -> all.merge(slot.second(), slot, Slot::plus));
        return List.copyOf(all.values());
    }
}
