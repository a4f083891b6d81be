package io.livepatch.fleet.report;

import java.util.Map;
import java.util.OptionalDouble;

/** How evenly the answers came from the units. */
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
}
