package io.livepatch.fleet.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.livepatch.fleet.Runs;
import io.livepatch.fleet.stats.RunStats.GeneratorStats;
import io.livepatch.fleet.stats.RunStats.SecondStats;
import io.livepatch.fleet.stats.RunStats.StepStats;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class RunStatsTest {

    private static RunStats stats(
            StepStats iteration,
            Map<String, StepStats> steps,
            List<SecondStats> slots,
            Map<String, Long> units,
            long unnamed,
            GeneratorStats generatorStats) {
        return new RunStats("office", Instant.EPOCH, iteration, steps, slots, units, unnamed, generatorStats);
    }

    @Test
    void statsOfTwoReplicasAddUpInEveryPart() {
        RunStats one = stats(
                new StepStats(1, Map.of("timeout", 2L), Map.of("503", 3L), Runs.millis(1), Runs.millis(2)),
                Map.of("enrol", Runs.step(Map.of(), 1)),
                List.of(
                        new SecondStats(0, 1, 2, 1, 6, 3, 4, 5, Runs.millis(6), Runs.millis(7)),
                        new SecondStats(1, 1, 1, 0, 1, 1, 1, 1, Latency.NONE, Latency.NONE)),
                Map.of("livepatch/0", 1L),
                1,
                new GeneratorStats(Runs.millis(1), 0.5, 10, 3, 1));
        RunStats other = stats(
                new StepStats(10, Map.of("timeout", 20L), Map.of("429", 1L), Runs.millis(3), Runs.millis(4)),
                Map.of("enrol", Runs.step(Map.of(), 2), "leave", Runs.step(Map.of(), 3)),
                List.of(new SecondStats(0, 10, 20, 10, 60, 30, 40, 50, Runs.millis(8), Runs.millis(9))),
                Map.of("livepatch/0", 10L, "livepatch/1", 1L),
                2,
                new GeneratorStats(Runs.millis(2), 0.75, 20, 4, 6));

        RunStats sum = stats(
                new StepStats(
                        11, Map.of("timeout", 22L), Map.of("503", 3L, "429", 1L), Runs.millis(1, 3), Runs.millis(2, 4)),
                Map.of("enrol", Runs.step(Map.of(), 1, 2), "leave", Runs.step(Map.of(), 3)),
                List.of(
                        new SecondStats(0, 11, 22, 11, 66, 33, 44, 55, Runs.millis(6, 8), Runs.millis(7, 9)),
                        new SecondStats(1, 1, 1, 0, 1, 1, 1, 1, Latency.NONE, Latency.NONE)),
                Map.of("livepatch/0", 11L, "livepatch/1", 1L),
                3,
                new GeneratorStats(Runs.millis(1, 2), 0.75, 30, 7, 7));
        assertThat(one.plus(other)).isEqualTo(sum);
        assertThat(other.plus(one)).isEqualTo(sum);
        assertThat(sum.done()).isEqualTo(33);
        assertThat(sum.offered()).isEqualTo(12);
        assertThat(sum.warmUp()).isEqualTo(11);
    }

    @Test
    void differentSecondsCannotBeAdded() {
        SecondStats first = new SecondStats(1, 0, 0, 0, 0, 0, 0, 0, Latency.NONE, Latency.NONE);
        SecondStats second = new SecondStats(2, 0, 0, 0, 0, 0, 0, 0, Latency.NONE, Latency.NONE);

        assertThatIllegalArgumentException().isThrownBy(() -> first.plus(second));
    }
}
