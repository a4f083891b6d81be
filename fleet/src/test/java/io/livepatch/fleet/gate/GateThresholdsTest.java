package io.livepatch.fleet.gate;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.fleet.Runs;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Threshold;
import io.livepatch.fleet.gate.LoadObserver.GateThresholds;
import io.livepatch.fleet.stats.RunStats;
import io.livepatch.fleet.stats.RunStats.GeneratorStats;
import io.livepatch.fleet.stats.RunStats.StepStats;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class GateThresholdsTest {
    private static final Flock FLOCK = Runs.flock("office", Runs.constant(10), Duration.ofMinutes(1));

    private static List<String> thresholds(long usualMillis) {
        return GateThresholds.of(FLOCK, Runs.figures(Runs.step(Map.of(), usualMillis), Runs.slots(1))).stream()
                .map(Threshold::text)
                .toList();
    }

    @Test
    void latencyMayTripleOrReachAQuarterSecond() {
        assertThat(thresholds(10))
                .containsExactly("errors == 0", "p99 <= 250 ms (3 × 10.0 ms before, at least 250 ms)");
        assertThat(thresholds(100))
                .containsExactly("errors == 0", "p99 <= 300 ms (3 × 100 ms before, at least 250 ms)");
    }

    @Test
    void thresholdsOfTheFlockIgnoreTheReference() {
        RunStats earlier = Runs.eventful("office");
        StepStats failing = new StepStats(
                3,
                Map.of("timeout", 1L, "wrong sha256", 1L),
                Map.of("429", 2L),
                Runs.millis(5, 6, 2000),
                Runs.millis(5, 6, 7));
        RunStats later = new RunStats(
                "office",
                Runs.BEGIN,
                failing,
                Map.of("download", failing),
                Runs.slots(new long[121]).subList(119, 121),
                Map.of("livepatch/2", 5L),
                GeneratorStats.NONE);
        RunStats whole = earlier.plus(later);
        RunStats judged = StatsDelta.between(earlier, whole);

        assertThat(judged.iteration()).isEqualTo(failing);
        assertThat(judged.steps()).isEqualTo(later.steps());
        assertThat(judged.units()).isEqualTo(later.units());
        assertThat(judged.offered()).isZero();
        assertThat(judged.slots()).extracting(it -> it.second()).containsExactly(119, 120);
        assertThat(StatsDelta.between(whole, whole).iteration()).isEqualTo(StepStats.NONE);
        assertThat(StatsDelta.between(RunStats.none("office", Runs.BEGIN), earlier))
                .isEqualTo(earlier);
    }
}
