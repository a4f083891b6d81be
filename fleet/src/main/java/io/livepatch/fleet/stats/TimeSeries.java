package io.livepatch.fleet.stats;

import io.livepatch.fleet.stats.RunStats.SecondStats;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.AbstractHistogram;

/**
 * The seconds of a run. Counts are kept for every second, some 56 bytes each. Latencies are kept for at most {@link #POINTS} points: beyond that, two
 * neighbours become one, at the first of its seconds, and the others have none. No sum loses anything, and series of different ages can be added.
 */
final class TimeSeries {
    static final int POINTS = 900;

    private final TreeMap<Integer, Point> points = new TreeMap<>();
    private final Column machines = new Column();
    private final Column offered = new Column();
    private final Column warmUp = new Column();
    private final Column completed = new Column();
    private final Column done = new Column();
    private final Column failed = new Column();
    private final Column refused = new Column();
    private int width = 1;
    private int last = -1;

    private record Point(Latency response, Latency service) {
        Point plus(Point other) {
            return new Point(response.plus(other.response), service.plus(other.service));
        }
    }

    private static final class Column {
        private long[] values = new long[64];

        void add(int second, long value) {
            if (second >= values.length) {
                values = Arrays.copyOf(values, Math.max(second + 1, values.length * 2));
            }
            values[second] += value;
        }

        long at(int second) {
            return second < values.length ? values[second] : 0;
        }
    }

    synchronized void machines(int second, long count) {
        last = Math.max(last, second);
        machines.add(second, count - machines.at(second));
    }

    synchronized void offered(int second, long count, long inWarmUp) {
        last = Math.max(last, second);
        offered.add(second, count);
        warmUp.add(second, inWarmUp);
    }

    /** So many more of the iterations due in a second have ended. */
    synchronized void completed(int second, long count) {
        last = Math.max(last, second);
        completed.add(second, count);
    }

    synchronized void ended(
            int second, long failures, long refusals, AbstractHistogram response, AbstractHistogram service) {
        last = Math.max(last, second);
        done.add(second, failures + response.getTotalCount());
        failed.add(second, failures);
        refused.add(second, refusals);
        if (response.getTotalCount() > 0) {
            points.merge(first(second), new Point(Latency.of(response), Latency.of(service)), Point::plus);
            widen();
        }
    }

    private int first(int second) {
        return second - second % width;
    }

    private void widen() {
        while (points.size() > POINTS) {
            width *= 2;
            Map<Integer, Point> all = new TreeMap<>(points);
            points.clear();
            all.forEach((second, point) -> points.merge(first(second), point, Point::plus));
        }
    }

    /** Without gaps, from the first second that is not empty. */
    synchronized List<SecondStats> slots() {
        List<SecondStats> slots = new ArrayList<>();
        Point none = new Point(Latency.NONE, Latency.NONE);
        for (int second = 0; second <= last; second++) {
            Point point = points.getOrDefault(second, none);
            SecondStats secondStats = new SecondStats(
                    second,
                    machines.at(second),
                    offered.at(second),
                    warmUp.at(second),
                    completed.at(second),
                    done.at(second),
                    failed.at(second),
                    refused.at(second),
                    point.response,
                    point.service);
            if (!slots.isEmpty()
                    || secondStats.machines() + secondStats.offered() + secondStats.done() + secondStats.refused()
                            > 0) {
                slots.add(secondStats);
            }
        }
        return slots;
    }
}
