package io.livepatch.fleet.report;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Map;
import java.util.OptionalDouble;

/** How evenly the load was spread, and for how long it was not all there. */
final class Shares {
    private Shares() {}

    /** The busiest unit's answers as a multiple of the mean: 1 is even, the number of units is all from one. None without a unit. */
    static OptionalDouble imbalance(Map<String, Long> units) {
        double mean =
                units.values().stream().mapToLong(Long::longValue).average().orElse(0);
        return mean == 0
                ? OptionalDouble.empty()
                : OptionalDouble.of(
                        units.values().stream().mapToLong(Long::longValue).max().orElse(0) / mean);
    }

    /** For how long the load was below its target because replicas were missing, each moment counted once. */
    static Duration belowTarget(RunReport report) {
        Duration below = Duration.ZERO;
        Instant counted = Instant.MIN;
        for (RunReport.Shortfall it : report.shortfalls().stream()
                .sorted(Comparator.comparing(RunReport.Shortfall::from))
                .toList()) {
            Instant from = it.from().isAfter(counted) ? it.from() : counted;
            if (it.covered().isAfter(from)) {
                below = below.plus(Duration.between(from, it.covered()));
                counted = it.covered();
            }
        }
        return below;
    }
}
