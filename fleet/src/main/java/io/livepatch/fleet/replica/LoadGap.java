package io.livepatch.fleet.replica;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * A replica was not there while flocks ran.
 *
 * @param from its last sign of life
 * @param covered when others had taken over its share: until then less load was offered than asked for
 * @param to when it came back
 */
public record LoadGap(int replica, Instant from, Instant covered, Optional<Instant> to) {

    /** How long less load was offered than asked for. */
    public static Duration belowTarget(List<LoadGap> shortfalls) {
        Duration sum = Duration.ZERO;
        Instant counted = Instant.MIN;
        for (LoadGap next :
                shortfalls.stream().sorted(Comparator.comparing(LoadGap::from)).toList()) {
            Instant from = next.from.isBefore(counted) ? counted : next.from;
            if (next.covered.isAfter(from)) {
                sum = sum.plus(Duration.between(from, next.covered));
                counted = next.covered;
            }
        }
        return sum;
    }
}
