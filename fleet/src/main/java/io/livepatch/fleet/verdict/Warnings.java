package io.livepatch.fleet.verdict;

import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.stats.GeneratorStats;
import io.livepatch.fleet.stats.RunStats;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Reasons not to believe the numbers: the generator was the bottleneck, or did not offer what was planned. */
final class Warnings {
    /** From here on, other threads wait for a processor, and what they measure has that wait in it. */
    static final double BUSY = 0.9;

    /** Below this, it is the timers of the machine. */
    private static final Duration TIMERS = Duration.ofMillis(1);

    private Warnings() {}

    static List<String> about(Flock flock, RunStats runStats) {
        List<String> doubts = new ArrayList<>();
        Stream.of(
                        late(runStats),
                        busy(runStats.generator()),
                        held(runStats.generator()),
                        LoadShortfall.of(flock, runStats))
                .flatMap(Optional::stream)
                .forEach(doubts::add);
        return doubts;
    }

    /**
     * Late by more than a tenth of what the server takes shows in the percentiles. Compared with the service time, since the response time has the
     * lateness in it: a generator that is always late would hide behind itself.
     */
    private static Optional<String> late(RunStats runStats) {
        GeneratorStats generatorStats = runStats.generator();
        Duration lateness = generatorStats.lateness().percentile(99);
        Duration tenth = runStats.turn().service().percentile(99).dividedBy(10);
        if (lateness.compareTo(TIMERS) <= 0 || lateness.compareTo(tenth) <= 0) {
            return Optional.empty();
        }
        return Optional.of(reason(generatorStats).formatted(NumberFormat.time(lateness)));
    }

    private static String reason(GeneratorStats generatorStats) {
        if (generatorStats.busiest() >= BUSY) {
            return "the generator was the bottleneck: 1 %% of the turns began %s late or more; use more replicas on other machines, or a lower rate";
        }
        return generatorStats.passedOver() > 0
                ? "1 %% of the turns began %s late or more: their machines were still in the turn before; raise count, or see why the server is slow"
                : "1 %% of the turns began %s late or more: the generator paused, as it does in its first seconds, or others on its machine took the processors";
    }

    private static Optional<String> busy(GeneratorStats generatorStats) {
        return generatorStats.busiest() < BUSY
                ? Optional.empty()
                : Optional.of(
                        "the generator used %s of its machine's processors in its busiest second, so the server got less and the latency is partly its own; use more replicas on other machines, or a lower rate"
                                .formatted(NumberFormat.percent(generatorStats.busiest())));
    }

    private static Optional<String> held(GeneratorStats generatorStats) {
        return generatorStats.held() == 0
                ? Optional.empty()
                : Optional.of(
                        "%s had to wait here until fewer were under way, and their service time has that wait in it; raise 'server.in-flight' if this machine can do more at once"
                                .formatted(NumberFormat.count(generatorStats.held(), "call")));
    }
}
