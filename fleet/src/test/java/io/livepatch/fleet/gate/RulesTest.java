package io.livepatch.fleet.gate;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.fleet.Runs;
import io.livepatch.fleet.figures.Figures;
import io.livepatch.fleet.figures.Generator;
import io.livepatch.fleet.figures.Step;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Threshold;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class RulesTest {
    private static final Flock FLOCK = Runs.flock("office", Runs.constant(10), Duration.ofMinutes(1));

    private static List<String> rules(long usualMillis) {
        return Rules.of(FLOCK, Runs.figures(Runs.step(Map.of(), usualMillis), Runs.slots(1))).stream()
                .map(Threshold::text)
                .toList();
    }

    @Test
    void latencyMayBecomeThreeTimesWhatItWasAndIsAlwaysAllowedAQuarterSecond() {
        assertThat(rules(10)).containsExactly("errors == 0", "p99 <= 250 ms (3 × 10.0 ms before, at least 250 ms)");
        assertThat(rules(100)).containsExactly("errors == 0", "p99 <= 300 ms (3 × 100 ms before, at least 250 ms)");
    }

    @Test
    void whatWasBeforeIsNotJudged() {
        Figures earlier = Runs.eventful("office");
        Step failing = new Step(
                3,
                Map.of("timeout", 1L, "wrong sha256", 1L),
                Map.of("429", 2L),
                Runs.millis(5, 6, 2000),
                Runs.millis(5, 6, 7));
        Figures later = new Figures(
                "office",
                Runs.BEGIN,
                failing,
                Map.of("download", failing),
                Runs.slots(new long[121]).subList(119, 121),
                Map.of("livepatch/2", 5L),
                Generator.NONE);
        Figures whole = earlier.plus(later);
        Figures judged = Span.between(earlier, whole);

        assertThat(judged.turn()).isEqualTo(failing);
        assertThat(judged.steps()).isEqualTo(later.steps());
        assertThat(judged.units()).isEqualTo(later.units());
        assertThat(judged.offered()).isZero();
        assertThat(judged.slots()).extracting(it -> it.second()).containsExactly(119, 120);
        assertThat(Span.between(whole, whole).turn()).isEqualTo(Step.NONE);
        assertThat(Span.between(Figures.none("office", Runs.BEGIN), earlier)).isEqualTo(earlier);
    }
}
