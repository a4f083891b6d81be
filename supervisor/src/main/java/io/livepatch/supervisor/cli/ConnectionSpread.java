package io.livepatch.supervisor.cli;

import java.util.Collection;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * How evenly the kernel spreads connections over the workers of one port: the largest mean number of open connections by the mean of
 * all, so 1 is even, and N is everything at one of N. Long connections weigh more than short ones, as they do for the workers.
 */
final class ConnectionSpread {

    /** Of SO_REUSEPORT under short connections, the worst of four workers was seen below this after a thousand of them. */
    private static final double UNEVEN = 1.5;

    /** Fewer say nothing: two connections on one of four workers are no unevenness. */
    private static final long TELLING = 200;

    private final Map<Long, long[]> sums = new HashMap<>();

    /** Adds the connections of each process at one moment; processes that are missing are removed. */
    void add(Map<Long, Integer> connections) {
        sums.keySet().retainAll(connections.keySet());
        connections.forEach((pid, count) -> {
            long[] sum = sums.computeIfAbsent(pid, _ -> new long[2]);
            sum[0] += count;
            sum[1]++;
        });
    }

    Set<Long> known() {
        return Set.copyOf(sums.keySet());
    }

    /** Empty while too little was seen. */
    OptionalDouble imbalance() {
        Collection<long[]> all = sums.values();
        long seen = all.stream().mapToLong(sum -> sum[0]).sum();
        if (all.size() < 2 || seen < TELLING) {
            return OptionalDouble.empty();
        }
        double mean = all.stream().mapToDouble(ConnectionSpread::mean).average().orElse(0);
        double most = all.stream().mapToDouble(ConnectionSpread::mean).max().orElse(0);
        return mean == 0 ? OptionalDouble.empty() : OptionalDouble.of(most / mean);
    }

    private static double mean(long[] sum) {
        return (double) sum[0] / sum[1];
    }

    /** What to do about it. */
    String advice() {
        OptionalDouble imbalance = imbalance();
        if (imbalance.isEmpty()) {
            return "too few connections so far to say";
        }
        String number = String.format(Locale.ROOT, "%.2f", imbalance.getAsDouble());
        return imbalance.getAsDouble() < UNEVEN
                ? "imbalance " + number + ": the kernel's spread is enough"
                : "imbalance " + number
                        + ": long connections pile up on some; use proxy mode with least_connections (server: …)";
    }
}
