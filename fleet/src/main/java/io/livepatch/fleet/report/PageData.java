package io.livepatch.fleet.report;

import io.livepatch.fleet.stats.Latency;
import io.livepatch.fleet.stats.RunStats;
import io.livepatch.fleet.stats.RunStats.SecondStats;
import io.livepatch.fleet.verdict.PlannedLoad;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The data of the page's charts, so that the script computes nothing. Times are seconds since the common start. */
record PageData(List<FlockData> flocks, List<Mark> marks, List<Band> bands) {
    /** Limits the size of the page: a longer run has points of several seconds. */
    private static final int MAX_POINTS = 600;

    record Mark(double at, String text) {}

    /** A period in which the load was below its target. */
    record Band(double from, double to, String text) {}

    /** Latencies over time, in milliseconds, with gaps where no iteration ended. */
    record Lines(List<@Nullable Double> p50, List<@Nullable Double> p99, List<@Nullable Double> max) {
        static Lines of(List<SecondStats> slots, Function<SecondStats, Latency> which) {
            List<Latency> latencies = slots.stream().map(which).toList();
            return new Lines(line(latencies, 50), line(latencies, 99), line(latencies, 100));
        }

        private static List<@Nullable Double> line(List<Latency> latencies, double percent) {
            List<@Nullable Double> line = new ArrayList<>();
            for (Latency latency : latencies) {
                line.add(latency.count() == 0 ? null : millis(latency.percentile(percent)));
            }
            return line;
        }
    }

    /** A point of the percentile curve, in milliseconds. */
    record Point(double part, double response, double service) {}

    record Bar(String name, long count) {}

    /**
     * The data of one flock; rates are per second.
     *
     * @param judged the second after the warm-up
     */
    record FlockData(
            long end,
            double judged,
            List<Integer> seconds,
            Optional<List<Double>> plan,
            List<Double> offered,
            List<Double> done,
            List<Double> failed,
            List<Double> refused,
            Lines response,
            Lines service,
            List<Point> curve,
            List<Bar> errors,
            List<Bar> units,
            Optional<Double> imbalance,
            List<Long> machines) {

        static FlockData of(RunReport.FlockReport report) {
            RunStats runStats = report.figures();
            DownsampledSeries downsampledSeries = DownsampledSeries.of(runStats.slots(), MAX_POINTS);
            List<SecondStats> slots = downsampledSeries.slots();
            Optional<List<Double>> plan = PlannedLoad.of(report.flock())
                    .map(it -> slots.stream()
                            .map(slot -> it.between(slot.second(), (long) slot.second() + downsampledSeries.seconds())
                                    / downsampledSeries.seconds())
                            .toList());
            return new FlockData(
                    slots.isEmpty() ? 1 : (long) slots.getLast().second() + downsampledSeries.seconds(),
                    report.flock().warmUp().toMillis() / 1e3,
                    slots.stream().map(SecondStats::second).toList(),
                    plan,
                    downsampledSeries.rates(SecondStats::offered),
                    downsampledSeries.rates(SecondStats::done),
                    downsampledSeries.rates(SecondStats::failed),
                    downsampledSeries.rates(SecondStats::refused),
                    Lines.of(slots, SecondStats::response),
                    Lines.of(slots, SecondStats::service),
                    curve(runStats.iteration().response(), runStats.iteration().service()),
                    bars(
                            runStats.iteration().errors(),
                            Map.Entry.<String, Long>comparingByValue().reversed()),
                    bars(runStats.units(), Map.Entry.comparingByKey()),
                    report.imbalance().stream().boxed().findFirst(),
                    slots.stream().map(SecondStats::machines).toList());
        }

        private static List<Point> curve(Latency response, Latency service) {
            List<Point> curve = new ArrayList<>();
            // Eight points per factor of ten, up to 99.99 %.
            for (int eighth = 0; eighth <= 32 && response.count() > 0; eighth++) {
                double part = 1 - Math.pow(10, -eighth / 8.0);
                curve.add(new Point(
                        part, millis(response.percentile(100 * part)), millis(service.percentile(100 * part))));
            }
            return curve;
        }

        private static List<Bar> bars(Map<String, Long> counts, Comparator<Map.Entry<String, Long>> order) {
            return counts.entrySet().stream()
                    .sorted(order)
                    .map(it -> new Bar(it.getKey(), it.getValue()))
                    .toList();
        }
    }

    static PageData of(RunReport report) {
        ToLongFunction<Instant> millis =
                it -> Duration.between(report.start(), it).toMillis();
        return new PageData(
                report.flocks().stream().map(FlockData::of).toList(),
                report.events().stream()
                        .map(it -> new Mark(millis.applyAsLong(it.at()) / 1e3, it.text()))
                        .toList(),
                report.shortfalls().stream()
                        .map(it -> new Band(
                                millis.applyAsLong(it.from()) / 1e3,
                                millis.applyAsLong(it.covered()) / 1e3,
                                "without replica " + new TreeSet<>(it.missing())))
                        .toList());
    }

    private static double millis(Duration duration) {
        return duration.toNanos() / 1e6;
    }

    /**
     * Aggregates the seconds of a run to fewer steps of equal length. Histograms add up exactly, so percentiles of a step are exact.
     *
     * @param seconds per step
     */
    record DownsampledSeries(int seconds, List<SecondStats> slots) {
        static DownsampledSeries of(List<SecondStats> slots, int maxSteps) {
            if (slots.isEmpty()) {
                return new DownsampledSeries(1, slots);
            }
            int seconds = slots.getLast().second() / maxSteps + 1;
            List<SecondStats> steps = List.copyOf(slots.stream()
                    .map(it -> at(it, it.second() / seconds * seconds))
                    .collect(Collectors.toMap(SecondStats::second, it -> it, DownsampledSeries::merge, TreeMap::new))
                    .values());
            return new DownsampledSeries(seconds, steps);
        }

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
                    secondStats.warmUp(),
                    secondStats.completed(),
                    secondStats.done(),
                    secondStats.failed(),
                    secondStats.refused(),
                    secondStats.response(),
                    secondStats.service());
        }

        // Machines are a gauge, not a sum.
        private static SecondStats merge(SecondStats one, SecondStats next) {
            SecondStats sum = one.plus(next);
            return new SecondStats(
                    sum.second(),
                    next.machines(),
                    sum.offered(),
                    sum.warmUp(),
                    sum.completed(),
                    sum.done(),
                    sum.failed(),
                    sum.refused(),
                    sum.response(),
                    sum.service());
        }
    }
}
