package io.livepatch.fleet.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.livepatch.fleet.Runs;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Load;
import io.livepatch.fleet.flock.Workload;
import io.livepatch.fleet.stats.RunStats;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class ReportJsonTest {
    private static final Path FILE = Path.of("results.json");

    static Stream<Workload> works() {
        Workload.Pace pace = new Workload.Pace(Duration.ofSeconds(1), Duration.ofMillis(1500), false);
        return Stream.of(
                new Workload.CheckIn(pace, 0.25),
                new Workload.Fetch(pace),
                new Workload.EnrollChurn(pace),
                new Workload.ThunderingHerd(pace, Duration.ofMinutes(2)),
                new Workload.SlowReader(pace, 1000),
                new Workload.Misbehaving(pace),
                new Workload.EmptyLoop(pace));
    }

    private static RunReport with(RunReport report, Flock flock, RunStats runStats) {
        return new RunReport(
                report.name(),
                report.begin(),
                report.end(),
                report.replicas(),
                List.of(RunReport.FlockReport.of(flock, runStats)),
                report.shortfalls(),
                report.events(),
                report.environment());
    }

    @Test
    void writtenReportIsReadAgain() {
        RunReport report = Reports.eventful();

        assertThat(ReportJson.read(ReportJson.write(report), FILE)).isEqualTo(report);
    }

    @ParameterizedTest
    @MethodSource("works")
    void everyWorkloadIsReadAgainByItsName(Workload workload) {
        Flock usual = Reports.FLOCK;
        Flock flock = new Flock(
                "office",
                3,
                usual.batches(),
                workload,
                new Load.Closed(),
                Optional.empty(),
                usual.kernels(),
                List.of());
        RunReport report = with(Reports.eventful(), flock, Runs.eventful("office"));
        String json = ReportJson.write(report);

        assertThat(json).contains("\"type\" : \"" + workload.type() + "\"", "\"type\" : \"closed\"");
        assertThat(ReportJson.read(json, FILE)).isEqualTo(report);
    }

    @Test
    void summaryPrecedesTheHistograms() {
        JsonNode flock = JsonMapper.shared()
                .readTree(ReportJson.write(Reports.eventful()))
                .at("/flocks/0");

        assertThat(flock.propertyNames())
                .containsExactly(
                        "name",
                        "passed",
                        "checks",
                        "warnings",
                        "unjudged",
                        "offered",
                        "done",
                        "failed",
                        "turn",
                        "steps",
                        "imbalance",
                        "unnamed",
                        "flock",
                        "figures");
        assertThat(flock.at("/steps/enrol/response_micros").toString())
                .isEqualTo(
                        "{\"count\":4,\"p50\":14007,\"p75\":19007,\"p90\":25007,\"p95\":25007,\"p99\":25007,\"p99.9\":25007,\"p99.99\":25007,\"max\":25007,\"mean\":17502}");
        assertThat(flock.at("/turn/errors").toString()).isEqualTo("{\"status 500\":2,\"timeout\":4}");
        assertThat(flock.at("/flock/thresholds/0").asString()).isEqualTo("p99 < 50ms");
        assertThat(flock.at("/passed").asBoolean()).isFalse();
    }

    @Test
    void warmUpAndResponsesWithoutUnitAreReadAgain() {
        RunReport report = Reports.warmed();
        JsonNode flock = JsonMapper.shared().readTree(ReportJson.write(report)).at("/flocks/0");

        assertThat(ReportJson.read(ReportJson.write(report), FILE)).isEqualTo(report);
        assertThat(flock.at("/unjudged").asLong()).isEqualTo(4_000);
        assertThat(flock.at("/offered").asLong()).isEqualTo(18_000);
        assertThat(flock.at("/unnamed").asLong()).isEqualTo(1_234);
        assertThat(flock.at("/flock/warm_up").asString()).isEqualTo("PT30S");
    }

    @Test
    void reportsOfOneRunAreMergedAndEvaluatedAgain() {
        RunReport whole = Reports.eventful();
        RunStats part = Runs.figures(Runs.step(Map.of(), 1, 2, 3), Runs.slots(3));
        RunReport quiet = with(whole, Reports.FLOCK, part);
        assertThat(quiet.passed()).isTrue();

        RunReport merged = ReportJson.merge(List.of(
                ReportJson.read(ReportJson.write(quiet), FILE), ReportJson.read(ReportJson.write(whole), FILE)));

        assertThat(merged.flocks()).hasSize(1);
        assertThat(merged.flocks().getFirst().figures()).isEqualTo(part.plus(Runs.eventful("office")));
        assertThat(merged.passed()).isFalse();
        assertThat(merged.events()).isEqualTo(whole.events());
    }

    @Test
    void reportsOfDifferentRunsAreRefused() {
        RunReport one = Reports.eventful();
        RunReport other = new RunReport(
                "other.yaml", one.begin(), one.end(), 1, one.flocks(), List.of(), List.of(), one.environment());

        assertThatIllegalArgumentException()
                .isThrownBy(() -> ReportJson.merge(List.of(one, other)))
                .withMessageContaining("'herd.yaml' and 'other.yaml'");
    }

    @Test
    void invalidReportIsRefusedByName() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ReportJson.read("{\"format\":\"something/2\"}", FILE))
                .withMessage("'results.json' has the format 'something/2', expected 'livepatch-fleet-report/1'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ReportJson.read("<html>", FILE))
                .withMessageStartingWith("'results.json' is not a fleet report: ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ReportJson.read("{\"format\":\"livepatch-fleet-report/1\"}", FILE))
                .withMessageStartingWith("'results.json' is not a fleet report: ");
    }
}
