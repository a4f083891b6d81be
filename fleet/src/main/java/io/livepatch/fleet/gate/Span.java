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

/** What happened between two looks at a load: the later figures less the earlier ones, which they contain. */
final class Span {
    private Span() {}

    static Figures between(Figures earlier, Figures later) {
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
                slots(earlier.slots(), later.slots()),
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

    private static List<Slot> slots(List<Slot> earlier, List<Slot> later) {
        Map<Integer, Slot> before = earlier.stream().collect(Collectors.toMap(Slot::second, Function.identity()));
        int last = earlier.isEmpty() ? -1 : earlier.getLast().second();
        return later.stream()
                .map(slot -> before.containsKey(slot.second()) ? slot(before.get(slot.second()), slot) : slot)
                .filter(slot -> slot.second() >= last)
                .toList();
    }

    private static Slot slot(Slot earlier, Slot later) {
        return new Slot(
                later.second(),
                later.machines(),
                later.offered() - earlier.offered(),
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
