package io.livepatch.fleet.verdict;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.fleet.Runs;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Load;
import io.livepatch.fleet.flock.Load.Stage;
import io.livepatch.fleet.flock.Rate;
import io.livepatch.fleet.flock.Threshold;
import io.livepatch.fleet.flock.Threshold.Bound;
import io.livepatch.fleet.flock.Threshold.Comparison;
import io.livepatch.fleet.flock.Threshold.Metric;
import io.livepatch.fleet.stats.Latency;
import io.livepatch.fleet.stats.RunStats;
import io.livepatch.fleet.stats.RunStats.GeneratorStats;
import io.livepatch.fleet.stats.RunStats.SecondStats;
import io.livepatch.fleet.stats.RunStats.StepStats;
import io.livepatch.fleet.verdict.Verdict.Check;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class VerdictTest {
    private static final RunStats GOOD =
            Runs.figures(Runs.step(Map.of(), LongStream.rangeClosed(1, 100).toArray()), Runs.slots(50, 50));
    private static final RunStats FAILING =
            Runs.figures(Runs.step(Map.of("timeout", 1L, "status 500", 3L), 1, 2, 3, 4), Runs.slots(4, 4));

    private static Check check(RunStats runStats, Metric metric, Comparison comparison, Bound bound) {
        Threshold threshold = new Threshold("as written", metric, comparison, bound);
        Flock flock = Runs.flock("office", new Load.Closed(), Duration.ofSeconds(2), threshold);
        List<Check> checks = Verdict.of(flock, runStats).checks();
        assertThat(checks).hasSize(1);
        assertThat(checks.getFirst().threshold()).isEqualTo("as written");
        return checks.getFirst();
    }

    private static Metric percentile(double percent) {
        return new Metric.Percentile(percent, false, Optional.empty());
    }

    private static Bound millis(long millis) {
        return new Bound.Time(Duration.ofMillis(millis));
    }

    private static List<String> warnings(Load load, RunStats runStats) {
        return Verdict.of(Runs.flock("office", load, Duration.ofSeconds(10)), runStats)
                .warnings();
    }

    @ParameterizedTest
    @CsvSource({
        "LESS, 5, true", "LESS, 4, false",
        "AT_MOST, 4, true", "AT_MOST, 3, false",
        "EQUAL, 4, true", "EQUAL, 3, false",
        "AT_LEAST, 4, true", "AT_LEAST, 5, false",
        "MORE, 3, true", "MORE, 4, false"
    })
    void comparisonsAreApplied(Comparison comparison, double bound, boolean passed) {
        Check check = check(FAILING, new Metric.Errors(Optional.empty()), comparison, new Bound.Count(bound));

        assertThat(check.passed()).isEqualTo(passed);
        assertThat(check.measured()).isEqualTo("4 of 8 iterations failed: 3 × status 500, 1 × timeout");
    }

    @Test
    void errorsOfOneKindAreCounted() {
        Check check = check(FAILING, new Metric.Errors(Optional.of("timeout")), Comparison.AT_MOST, new Bound.Count(1));

        assertThat(check).isEqualTo(new Check("as written", "1 of 8 iterations: timeout", true));
    }

    @Test
    void latencyIsThatOfTheNamedStep() {
        RunStats runStats = new RunStats(
                "office",
                Runs.BEGIN,
                GOOD.iteration(),
                Map.of("enrol", Runs.step(Map.of(), 500)),
                GOOD.slots(),
                Map.of(),
                GOOD.generator());

        assertThat(check(runStats, percentile(99), Comparison.LESS, millis(200)))
                .isEqualTo(new Check("as written", "p99 of 100 iterations is 99.0 ms", true));
        assertThat(check(
                        runStats, new Metric.Percentile(100, true, Optional.of("enrol")), Comparison.LESS, millis(200)))
                .isEqualTo(new Check("as written", "service max of 1 × enrol is 500 ms", false));
        assertThat(check(runStats, new Metric.Mean(false, Optional.of("fetch")), Comparison.LESS, millis(200)))
                .isEqualTo(new Check("as written", "step 'fetch' did not occur, only [enrol]", false));
    }

    @Test
    void responseAndServiceTimesAreDistinct() {
        StepStats turn = new StepStats(1, Map.of(), Map.of(), Runs.millis(900), Runs.millis(3));
        RunStats stalled = Runs.figures(turn, Runs.slots(1));

        assertThat(check(stalled, percentile(50), Comparison.LESS, millis(100)).passed())
                .isFalse();
        assertThat(check(stalled, new Metric.Percentile(50, true, Optional.empty()), Comparison.LESS, millis(100))
                        .passed())
                .isTrue();
    }

    @Test
    void achievedIsComparedWithOffered() {
        RunStats late = Runs.figures(Runs.step(Map.of("timeout", 1L), new long[96]), Runs.slots(50, 50));

        assertThat(check(late, new Metric.Achieved(), Comparison.AT_LEAST, new Bound.OfOffered(0.97)))
                .isEqualTo(new Check("as written", "97 iterations of 100 that were due, 97.00 %", true));
        assertThat(check(late, new Metric.Achieved(), Comparison.AT_LEAST, new Bound.OfOffered(0.98))
                        .passed())
                .isFalse();
    }

    @Test
    void flockWithoutIterationsFails() {
        RunStats nothing = Runs.figures(StepStats.NONE, Runs.slots(7, 0));

        assertThat(Verdict.of(Runs.flock("office", new Load.Closed(), Duration.ofSeconds(2)), nothing)
                        .checks())
                .containsExactly(new Check("errors == 0", "no iteration ended, 7 were due", false));
        assertThat(check(
                                Runs.figures(Runs.step(Map.of("timeout", 3L)), Runs.slots(3)),
                                percentile(99),
                                Comparison.LESS,
                                millis(200))
                        .measured())
                .isEqualTo("no iteration succeeded, so there is no latency");
    }

    @Test
    void defaultThresholdIsNoErrors() {
        Flock flock = Runs.flock("office", new Load.Closed(), Duration.ofSeconds(2));

        assertThat(Verdict.of(flock, GOOD).passed()).isTrue();
        assertThat(Verdict.of(flock, FAILING).passed()).isFalse();
    }

    @Test
    void latenessIsReportedOnlyIfItDistortsLatencies() {
        Load closed = new Load.Closed();
        assertThat(warnings(closed, Runs.with(GOOD, Runs.generator(0.2, 1)))).isEmpty();
        // p99 of the service is less than 100 ms.
        assertThat(warnings(closed, Runs.with(GOOD, Runs.generator(0.2, 4)))).isEmpty();
        GeneratorStats late = Runs.generator(0.2, 11);
        assertThat(warnings(closed, Runs.with(GOOD, late)))
                .singleElement()
                .asString()
                .contains("started 11.0 ms late", "the generator paused");
        assertThat(warnings(closed, Runs.with(GOOD, new GeneratorStats(late.lateness(), 0.2, 10, 1, 0))))
                .singleElement()
                .asString()
                .contains("started 11.0 ms late", "raise count");
        assertThat(warnings(closed, Runs.with(GOOD, Runs.generator(0.95, 11))))
                .hasSize(2)
                .anyMatch(it -> it.contains("the generator was the bottleneck"))
                .anyMatch(it -> it.contains("95.00 % of its machine's processors"));
    }

    @Test
    void heldCallsAreReported() {
        GeneratorStats holding = new GeneratorStats(Latency.NONE, 0.2, 10, 0, 3);
        assertThat(warnings(new Load.Closed(), Runs.with(GOOD, holding.plus(holding))))
                .singleElement()
                .asString()
                .startsWith("6 calls waited in the generator for a permit");
    }

    @Test
    void loadBelowThePlanIsReported() {
        RunStats runStats = Runs.figures(GOOD.iteration(), Runs.slots(400, 400, 0, 100, 395, 400, 400, 80));

        assertThat(warnings(Runs.constant(400), runStats))
                .containsExactly("the offered load was below the plan for 2 seconds, 700 iterations short");
        assertThat(warnings(new Load.Closed(), runStats)).isEmpty();
    }

    @Test
    void warmUpIsNotComparedWithThePlan() {
        Flock flock = Runs.flock("office", Runs.constant(400), Duration.ofSeconds(10));
        RunStats runStats = Runs.figures(GOOD.iteration(), Runs.slots(10, 20, 400, 100, 400));

        assertThat(Verdict.of(Runs.warming(flock, Duration.ofMillis(1500)), runStats)
                        .warnings())
                .containsExactly("the offered load was below the plan for 1 second, 300 iterations short");
        assertThat(Verdict.of(Runs.warming(flock, Duration.ofSeconds(1)), runStats)
                        .warnings())
                .containsExactly("the offered load was below the plan for 2 seconds, 680 iterations short");
    }

    @Test
    void warmUpIsNotAchievedOrRefused() {
        StepStats turn =
                new StepStats(9, Map.of("timeout", 1L), Map.of("503", 2L), Runs.millis(new long[9]), Latency.NONE);
        RunStats runStats = Runs.figures(
                turn,
                List.of(
                        new SecondStats(0, 1, 70, 60, 10, 3, 1, 40, Latency.NONE, Latency.NONE),
                        Runs.slot(1, 0, 0, 0)));

        assertThat(check(runStats, new Metric.Achieved(), Comparison.AT_LEAST, new Bound.OfOffered(1)))
                .isEqualTo(new Check("as written", "10 iterations of 10 that were due, 100.00 %", true));
        assertThat(check(runStats, new Metric.Refusals(), Comparison.EQUAL, new Bound.Count(2)))
                .isEqualTo(new Check("as written", "2 refusals in 10 iterations", true));
        assertThat(check(
                                Runs.figures(StepStats.NONE, List.of(Runs.slot(0, 5, 5, 0))),
                                new Metric.Achieved(),
                                Comparison.AT_LEAST,
                                new Bound.OfOffered(1))
                        .measured())
                .isEqualTo("no iteration ended, 0 were due after the warm-up");
    }

    @Test
    void planFollowsTheStagesAndEndsWithTheFlock() {
        Rate slow = new Rate(100_000);
        Rate fast = new Rate(300_000);
        Load load = new Load.Open(
                Load.Arrivals.POISSON,
                List.of(new Stage(Duration.ofSeconds(4), slow, fast), new Stage(Duration.ofSeconds(2), fast, slow)));
        PlannedLoad plan = PlannedLoad.of(Runs.flock("office", load, Duration.ofSeconds(10)))
                .orElseThrow();

        assertThat(plan.between(0, 4)).isEqualTo(800);
        assertThat(plan.between(0, 2)).isEqualTo(300);
        assertThat(plan.between(4, 6)).isEqualTo(400);
        assertThat(plan.between(6, 100)).isEqualTo(400);
    }

    @ParameterizedTest
    @CsvSource({"850, 850 µs", "999, 999 µs", "1000, 1.00 ms", "99949, 99.9 ms", "99960, 100 ms", "999600, 1.00 s"})
    void durationsHaveThreeDigitsAndAUnit(long micros, String words) {
        assertThat(NumberFormat.time(Duration.ofNanos(micros * 1000))).isEqualTo(words);
    }
}
