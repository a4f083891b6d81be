package io.livepatch.fleet.gate;

import io.livepatch.fleet.figures.Figures;
import io.livepatch.fleet.figures.Latency;
import io.livepatch.fleet.figures.Slot;
import io.livepatch.fleet.figures.Step;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;

/**
 * What happened between two looks at a load: the later figures less the earlier ones, which they contain.
 *
 * <p>Offered are all turns that had to end in between, and those that did. So they begin with the turns that were under way at the earlier look, and
 * the turns that came due while others were waited for count only when they have ended, too: neither stands on one side alone.
 */
final class Span {
    private Span() {}

    /** In which everything had to end that was due by the later look. */
    static Figures between(Figures earlier, Figures later) {
        return between(earlier, later, later);
    }

    /**
     * Looked at later than it was due.
     *
     * @param due what was due by then had to end
     */
    static Figures between(Figures earlier, Figures due, Figures later) {
        Map<String, Step> steps = new TreeMap<>();
        later.steps().forEach((name, step) -> {
            Step part = step(earlier.steps().getOrDefault(name, Step.NONE), step);
            if (part.ok() + part.failed() + part.refused() > 0) {
                steps.put(name, part);
            }
        });
        return new Figures(
                later.flock(),
                later.begin(),
                step(earlier.turn(), later.turn()),
                steps,
                slots(earlier.slots(), due.slots(), later.slots()),
                counts(earlier.units(), later.units()),
                later.unnamed() - earlier.unnamed(),
                later.generator());
    }

    private static Step step(Step earlier, Step later) {
        return new Step(
                later.ok() - earlier.ok(),
                counts(earlier.errors(), later.errors()),
                counts(earlier.refusals(), later.refusals()),
                latency(earlier.response(), later.response()),
                latency(earlier.service(), later.service()));
    }

    /** How many turns that were due by the first look have not ended by the second; those that were due later make up for none of them. */
    static long open(Figures due, Figures later) {
        Map<Integer, Slot> now = bySecond(later.slots());
        return due.slots().stream()
                .mapToLong(slot -> Math.max(
                        0, slot.judged() - now.getOrDefault(slot.second(), slot).over()))
                .sum();
    }

    private static List<Slot> slots(List<Slot> earlier, List<Slot> due, List<Slot> later) {
        Map<Integer, Slot> before = bySecond(earlier);
        Map<Integer, Slot> owed = bySecond(due);
        int last = earlier.isEmpty() ? -1 : earlier.getLast().second();
        return later.stream()
                .map(slot -> slot(
                        before.getOrDefault(slot.second(), none(slot)),
                        owed.getOrDefault(slot.second(), none(slot)),
                        slot))
                .filter(slot -> slot.second() >= last || slot.offered() > 0 || slot.done() > 0)
                .toList();
    }

    private static Map<Integer, Slot> bySecond(List<Slot> slots) {
        return slots.stream().collect(Collectors.toMap(Slot::second, Function.identity()));
    }

    private static Slot none(Slot slot) {
        return new Slot(slot.second(), 0, 0, 0, 0, 0, 0, 0, Latency.NONE, Latency.NONE);
    }

    private static Slot slot(Slot earlier, Slot due, Slot later) {
        return new Slot(
                later.second(),
                later.machines(),
                Math.max(due.judged(), later.over()) - earlier.over(),
                0,
                later.over() - earlier.over(),
                later.done() - earlier.done(),
                later.failed() - earlier.failed(),
                later.refused() - earlier.refused(),
                latency(earlier.response(), later.response()),
                latency(earlier.service(), later.service()));
    }

    private static Map<String, Long> counts(Map<String, Long> earlier, Map<String, Long> later) {
        Map<String, Long> counts = new HashMap<>(later);
        earlier.forEach((name, count) -> counts.merge(name, -count, Long::sum));
        counts.values().removeIf(it -> it == 0);
        return counts;
    }

    private static Latency latency(Latency earlier, Latency later) {
        if (earlier.count() == 0) {
            return later;
        }
        if (earlier.count() == later.count()) {
            return Latency.NONE;
        }
        Histogram rest = histogram(later);
        rest.subtract(histogram(earlier));
        return Latency.of(rest);
    }

    private static Histogram histogram(Latency latency) {
        try {
            byte[] bytes = Base64.getDecoder().decode(latency.text());
            return Histogram.decodeFromCompressedByteBuffer(ByteBuffer.wrap(bytes), Latency.HIGHEST_MICROS);
        } catch (DataFormatException e) {
            throw new IllegalStateException("a latency did not encode itself", e);
        }
    }
}
