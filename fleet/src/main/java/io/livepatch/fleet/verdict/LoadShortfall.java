package io.livepatch.fleet.verdict;

import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.stats.RunStats;
import io.livepatch.fleet.stats.SecondStats;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** How much of the planned load was not even offered. */
final class LoadShortfall {
    /** Second by second, independent arrivals lie within so many standard deviations of their plan, but for one in thirty thousand. */
    private static final double SCATTER = 4;

    /** Beside scatter, a turn may begin in the second after the one it was planned for. */
    private static final double ENOUGH = 0.95;

    private LoadShortfall() {}

    static Optional<String> of(Flock flock, RunStats runStats) {
        Optional<PlannedLoad> plan = PlannedLoad.of(flock);
        List<SecondStats> slots = runStats.slots();
        if (plan.isEmpty() || slots.isEmpty()) {
            return Optional.empty();
        }
        Map<Integer, Long> offered =
                slots.stream().collect(Collectors.toMap(SecondStats::second, SecondStats::offered));
        double missing = 0;
        int seconds = 0;
        // The first that has nothing of the warm-up in it.
        int first = (int) flock.warmUp().plusNanos(999_999_999).toSeconds();
        // Without the last second, which is rarely a whole one.
        for (int second = first; second < slots.getLast().second(); second++) {
            double planned = plan.get().between(second, second + 1L);
            long done = offered.getOrDefault(second, 0L);
            if (done < ENOUGH * planned - SCATTER * Math.sqrt(planned)) {
                missing += planned - done;
                seconds++;
            }
        }
        return seconds == 0
                ? Optional.empty()
                : Optional.of("the offered load was below its plan for %s, %s short"
                        .formatted(
                                NumberFormat.count(seconds, "second"),
                                NumberFormat.count(Math.round(missing), "turn")));
    }
}
