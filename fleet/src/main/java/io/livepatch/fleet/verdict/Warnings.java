package io.livepatch.fleet.verdict;

import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.stats.RunStats;
import io.livepatch.fleet.stats.RunStats.GeneratorStats;
import io.livepatch.fleet.stats.RunStats.SecondStats;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reasons to doubt the measurements: the generator was the bottleneck, or did not offer the planned load. */
final class Warnings {
    /** From this CPU utilization on, threads wait for a processor and measure that wait. */
    static final double BUSY = 0.9;

    /** Below this, lateness is the inaccuracy of timers. */
    private static final Duration TIMER_INACCURACY = Duration.ofMillis(1);

    private Warnings() {}

    static List<String> of(Flock flock, RunStats runStats) {
        List<String> warnings = new ArrayList<>();
        Stream.of(
                        late(runStats),
                        busy(runStats.generator()),
                        held(runStats.generator()),
                        LoadShortfall.of(flock, runStats))
                .flatMap(Optional::stream)
                .forEach(warnings::add);
        return warnings;
    }

    /**
     * Lateness above a tenth of the service time distorts the percentiles. The response time is no reference, since it includes the
     * lateness.
     */
    private static Optional<String> late(RunStats runStats) {
        GeneratorStats generatorStats = runStats.generator();
        Duration lateness = generatorStats.lateness().percentile(99);
        Duration tenth = runStats.iteration().service().percentile(99).dividedBy(10);
        if (lateness.compareTo(TIMER_INACCURACY) <= 0 || lateness.compareTo(tenth) <= 0) {
            return Optional.empty();
        }
        return Optional.of(reason(generatorStats).formatted(NumberFormat.time(lateness)));
    }

    private static String reason(GeneratorStats generatorStats) {
        if (generatorStats.busiest() >= BUSY) {
            return "the generator was the bottleneck: 1 %% of the iterations started %s late or more; use more replicas on other machines, or a lower rate";
        }
        return generatorStats.passedOver() > 0
                ? "1 %% of the iterations started %s late or more: their machines were still in the previous iteration; raise count, or find out why the server is slow"
                : "1 %% of the iterations started %s late or more: the generator paused, as in its first seconds, or other processes on its machine used the processors";
    }

    private static Optional<String> busy(GeneratorStats generatorStats) {
        return generatorStats.busiest() < BUSY
                ? Optional.empty()
                : Optional.of(
                        "the generator used %s of its machine's processors in its busiest second, so part of the latency is its own; use more replicas on other machines, or a lower rate"
                                .formatted(NumberFormat.percent(generatorStats.busiest())));
    }

    private static Optional<String> held(GeneratorStats generatorStats) {
        return generatorStats.held() == 0
                ? Optional.empty()
                : Optional.of(
                        "%s waited in the generator for a permit, which is part of their service time; raise 'server.in-flight' if this machine can handle more concurrent calls"
                                .formatted(NumberFormat.count(generatorStats.held(), "call")));
    }

    /** The part of the planned load that was not offered. */
    private static final class LoadShortfall {
        /** In one second of thirty thousand, Poisson arrivals deviate by more standard deviations than this. */
        private static final double MAX_DEVIATIONS = 4;

        /** An iteration may start in the second after the planned one. */
        private static final double MIN_FRACTION = 0.95;

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
            // The first full second after the warm-up.
            int first = (int) flock.warmUp().plusNanos(999_999_999).toSeconds();
            // Without the last second, which is usually incomplete.
            for (int second = first; second < slots.getLast().second(); second++) {
                double planned = plan.get().between(second, second + 1L);
                long done = offered.getOrDefault(second, 0L);
                if (done < MIN_FRACTION * planned - MAX_DEVIATIONS * Math.sqrt(planned)) {
                    missing += planned - done;
                    seconds++;
                }
            }
            return seconds == 0
                    ? Optional.empty()
                    : Optional.of("the offered load was below the plan for %s, %s short"
                            .formatted(
                                    NumberFormat.count(seconds, "second"),
                                    NumberFormat.count(Math.round(missing), "iteration")));
        }
    }
}
