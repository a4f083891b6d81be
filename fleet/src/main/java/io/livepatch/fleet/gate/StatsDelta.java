package io.livepatch.fleet.gate;

import io.livepatch.fleet.stats.Latency;
import io.livepatch.fleet.stats.RunStats;
import io.livepatch.fleet.stats.RunStats.SecondStats;
import io.livepatch.fleet.stats.RunStats.StepStats;
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
 * The difference of two snapshots of a load.
 *
 * <p>Offered are the iterations that had to end between the snapshots: those in progress at the earlier one, those that came due since, and of
 * those that came due during the settle phase only the ones that have ended. So offered and done count the same iterations.
 */
final class StatsDelta {
    private StatsDelta() {}

    /** All iterations that were due by the later snapshot had to end. */
    static RunStats between(RunStats earlier, RunStats later) {
        return between(earlier, later, later);
    }

    /**
     * The difference for a snapshot after the settle phase.
     *
     * @param due the snapshot before the settle phase
     */
    static RunStats between(RunStats earlier, RunStats due, RunStats later) {
        Map<String, StepStats> steps = new TreeMap<>();
        later.steps().forEach((name, step) -> {
            StepStats part = step(earlier.steps().getOrDefault(name, StepStats.NONE), step);
            if (part.ok() + part.failed() + part.refused() > 0) {
                steps.put(name, part);
            }
        });
        return new RunStats(
                later.flock(),
                later.begin(),
                step(earlier.iteration(), later.iteration()),
                steps,
                slots(earlier.slots(), due.slots(), later.slots()),
                counts(earlier.units(), later.units()),
                later.unnamed() - earlier.unnamed(),
                later.generator());
    }

    private static StepStats step(StepStats earlier, StepStats later) {
        return new StepStats(
                later.ok() - earlier.ok(),
                counts(earlier.errors(), later.errors()),
                counts(earlier.refusals(), later.refusals()),
                latency(earlier.response(), later.response()),
                latency(earlier.service(), later.service()));
    }

    /** The number of iterations that were due by the first snapshot and have not ended by the second. */
    static long open(RunStats due, RunStats later) {
        Map<Integer, SecondStats> now = bySecond(later.slots());
        return due.slots().stream()
                .mapToLong(secondStats -> Math.max(
                        0,
                        secondStats.measured()
                                - now.getOrDefault(secondStats.second(), secondStats)
                                        .completed()))
                .sum();
    }

    private static List<SecondStats> slots(List<SecondStats> earlier, List<SecondStats> due, List<SecondStats> later) {
        Map<Integer, SecondStats> before = bySecond(earlier);
        Map<Integer, SecondStats> owed = bySecond(due);
        int last = earlier.isEmpty() ? -1 : earlier.getLast().second();
        return later.stream()
                .map(secondStats -> slot(
                        before.getOrDefault(secondStats.second(), none(secondStats)),
                        owed.getOrDefault(secondStats.second(), none(secondStats)),
                        secondStats))
                .filter(secondStats ->
                        secondStats.second() >= last || secondStats.offered() > 0 || secondStats.done() > 0)
                .toList();
    }

    private static Map<Integer, SecondStats> bySecond(List<SecondStats> slots) {
        return slots.stream().collect(Collectors.toMap(SecondStats::second, Function.identity()));
    }

    private static SecondStats none(SecondStats secondStats) {
        return new SecondStats(secondStats.second(), 0, 0, 0, 0, 0, 0, 0, Latency.NONE, Latency.NONE);
    }

    private static SecondStats slot(SecondStats earlier, SecondStats due, SecondStats later) {
        return new SecondStats(
                later.second(),
                later.machines(),
                Math.max(due.measured(), later.completed()) - earlier.completed(),
                0,
                later.completed() - earlier.completed(),
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
            throw new IllegalStateException("invalid encoding of a latency", e);
        }
    }
}
