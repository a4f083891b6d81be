package io.livepatch.fleet.report;

import io.livepatch.fleet.stats.SecondStats;
import java.util.List;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * Seconds of a run, put together in steps of equal length. Latencies add up exactly, so a percentile of a step is one.
 *
 * @param seconds the length of a step
 */
record DownsampledSeries(int seconds, List<SecondStats> slots) {
    static DownsampledSeries of(List<SecondStats> slots, int most) {
        if (slots.isEmpty()) {
            return new DownsampledSeries(1, slots);
        }
        int seconds = slots.getLast().second() / most + 1;
        List<SecondStats> steps = List.copyOf(slots.stream()
                .map(it -> at(it, it.second() / seconds * seconds))
                .collect(Collectors.toMap(SecondStats::second, it -> it, DownsampledSeries::after, TreeMap::new))
                .values());
        return new DownsampledSeries(seconds, steps);
    }

    /** Per second. */
    List<Double> rates(ToLongFunction<SecondStats> counted) {
        return slots.stream()
                .map(it -> (double) counted.applyAsLong(it) / seconds)
                .toList();
    }

    private static SecondStats at(SecondStats secondStats, int second) {
        return new SecondStats(
                second,
                secondStats.machines(),
                secondStats.offered(),
                secondStats.unjudged(),
                secondStats.over(),
                secondStats.done(),
                secondStats.failed(),
                secondStats.refused(),
                secondStats.response(),
                secondStats.service());
    }

    // The machines of two seconds are not twice as many.
    private static SecondStats after(SecondStats one, SecondStats next) {
        SecondStats sum = one.plus(next);
        return new SecondStats(
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
