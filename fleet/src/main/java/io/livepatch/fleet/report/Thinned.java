package io.livepatch.fleet.report;

import io.livepatch.fleet.figures.Slot;
import java.util.List;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * Seconds of a run, put together in steps of equal length. Latencies add up exactly, so a percentile of a step is one.
 *
 * @param seconds the length of a step
 */
record Thinned(int seconds, List<Slot> slots) {
    static Thinned of(List<Slot> slots, int most) {
        if (slots.isEmpty()) {
            return new Thinned(1, slots);
        }
        int seconds = slots.getLast().second() / most + 1;
        List<Slot> steps = List.copyOf(slots.stream()
                .map(it -> at(it, it.second() / seconds * seconds))
                .collect(Collectors.toMap(Slot::second, it -> it, Thinned::after, TreeMap::new))
                .values());
        return new Thinned(seconds, steps);
    }

    /** Per second. */
    List<Double> rates(ToLongFunction<Slot> counted) {
        return slots.stream()
                .map(it -> (double) counted.applyAsLong(it) / seconds)
                .toList();
    }

    private static Slot at(Slot slot, int second) {
        return new Slot(
                second,
                slot.machines(),
                slot.offered(),
                slot.unjudged(),
                slot.over(),
                slot.done(),
                slot.failed(),
                slot.refused(),
                slot.response(),
                slot.service());
    }

    // The machines of two seconds are not twice as many.
    private static Slot after(Slot one, Slot next) {
        Slot sum = one.plus(next);
        return new Slot(
                sum.second(),
                next.machines(),
                sum.offered(),
                sum.unjudged(),
                sum.over(),
                sum.done(),
                sum.failed(),
                sum.refused(),
                sum.response(),
                sum.service());
    }
}
