package io.livepatch.fleet.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.fleet.Runs;
import io.livepatch.fleet.report.PageData.DownsampledSeries;
import io.livepatch.fleet.stats.RunStats;
import io.livepatch.fleet.stats.RunStats.GeneratorStats;
import io.livepatch.fleet.stats.RunStats.StepStats;
import io.livepatch.fleet.verdict.Verdict.Check;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.xml.sax.InputSource;

final class WrittenReportTest {
    private static final String HOSTILE = "</script><script>alert(1)</script> & \"x\" \u0007";

    private static RunReport withCheck(Check check, List<RunReport.Event> events) {
        RunReport report = Reports.eventful();
        RunReport.FlockReport flock = report.flocks().getFirst();
        return new RunReport(
                report.name(),
                report.begin(),
                report.end(),
                report.replicas(),
                List.of(new RunReport.FlockReport(
                        flock.flock(), flock.figures(), List.of(check), List.of("a warning"))),
                report.shortfalls(),
                events,
                report.environment());
    }

    private static RunReport.Shortfall shortfall(int from, int covered, int replica) {
        return new RunReport.Shortfall(
                Runs.BEGIN.plusSeconds(from),
                Runs.BEGIN.plusSeconds(covered),
                Runs.BEGIN.plusSeconds(99),
                Set.of(replica));
    }

    private static Document xml(RunReport report) throws Exception {
        return DocumentBuilderFactory.newDefaultInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(JunitXml.write(report))));
    }

    private static String golden(String name) throws IOException {
        try (InputStream stream = WrittenReportTest.class.getResourceAsStream(name)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void summaryText() throws IOException {
        assertThat(Summary.write(Reports.eventful())).isEqualTo(golden("summary.txt"));
    }

    @Test
    void warmUpAndResponsesWithoutUnitHaveTheirOwnLines() {
        RunReport report = Reports.warmed();

        assertThat(Summary.write(report).lines())
                .contains(
                        "  first 30.0 s not evaluated: 4,000 iterations",
                        "  units: 9,900 × livepatch/0, 9,700 × livepatch/1, 2,500 × livepatch/2; imbalance 1.34",
                        "  1,234 answered by the load balancer itself");
        assertThat(ReportPage.write(report))
                .contains(
                        "first 30.0 s not evaluated: 4,000 iterations",
                        "1,234 answered by the load balancer itself",
                        "\"judged\":30.0");
        assertThat(ReportPage.write(Reports.eventful()))
                .contains("\"judged\":0.0")
                .doesNotContain(" not judged");
    }

    @Test
    void responsesWithoutAnyUnitAreNotAttributedToTheLoadBalancer() {
        RunStats runStats = new RunStats(
                "office", Runs.BEGIN, StepStats.NONE, Map.of(), List.of(), Map.of(), 1_234, GeneratorStats.NONE);

        assertThat(ReportSentences.unnamed(runStats)).contains("none of 1,234 responses names its unit");
    }

    @Test
    void columnsStayAligned() {
        StepStats stepStats = new StepStats(
                123_456_789_012L, Map.of("timeout", 12_345_678L), Map.of(), Runs.millis(3_599_000), Runs.millis(1));
        RunStats runStats = new RunStats(
                "office",
                Runs.BEGIN,
                stepStats,
                Map.of("range-beyond-the-end-of-a-patch", stepStats),
                Runs.slots(1),
                Map.of(),
                GeneratorStats.NONE);
        RunReport usual = Reports.eventful();
        RunReport report = new RunReport(
                usual.name(),
                usual.begin(),
                usual.end(),
                1,
                List.of(RunReport.FlockReport.of(Reports.FLOCK, runStats)),
                List.of(),
                List.of(),
                usual.environment());

        List<String> table = Summary.write(report).lines().skip(4).limit(3).toList();

        assertThat(table.getLast()).startsWith("  range-beyond-the-end-of-a-patch 123,456,789,012 12,345,678 ");
        assertThat(table).allSatisfy(line -> assertThat(line).hasSameSizeAs(table.getFirst()));
        assertThat(table.getFirst().indexOf(" ok") + " ok".length())
                .isEqualTo(table.getLast().indexOf("012 ") + "012".length());
    }

    @Test
    void overlappingShortfallsCountOnce() {
        RunReport report = Reports.eventful();
        RunReport twice = new RunReport(
                report.name(),
                report.begin(),
                report.end(),
                4,
                report.flocks(),
                List.of(shortfall(34, 40, 3), shortfall(30, 36, 2), shortfall(31, 32, 1)),
                List.of(),
                report.environment());

        assertThat(twice.belowTarget()).isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void junitHasASuitePerFlockAndACasePerThreshold() throws Exception {
        Element suites = xml(Reports.eventful()).getDocumentElement();
        Element suite = (Element) suites.getElementsByTagName("testsuite").item(0);

        assertThat(suites.getAttribute("failures")).isEqualTo("2");
        assertThat(suite.getAttribute("name")).isEqualTo("herd.yaml.office");
        assertThat(suite.getAttribute("tests")).isEqualTo("4");
        assertThat(suite.getAttribute("failures")).isEqualTo("2");
        assertThat(suite.getAttribute("time")).isEqualTo("120.000");
        assertThat(suite.getElementsByTagName("testcase").getLength()).isEqualTo(4);
        Element failure = (Element) suite.getElementsByTagName("failure").item(1);
        assertThat(((Element) failure.getParentNode()).getAttribute("name")).isEqualTo("errors == 0");
        assertThat(failure.getAttribute("message"))
                .isEqualTo("6 of 22,000 iterations failed: 4 × timeout, 2 × status 500");
    }

    @Test
    void markupInTextIsEscaped() throws Exception {
        RunReport report = withCheck(
                new Check(HOSTILE, HOSTILE, false), List.of(new RunReport.Event(Runs.BEGIN, HOSTILE, HOSTILE)));

        assertThat(((Element) xml(report).getElementsByTagName("testcase").item(0)).getAttribute("name"))
                .isEqualTo(HOSTILE.replace('\u0007', '\uFFFD'));
        assertThat(ReportPage.write(report)).doesNotContain("<script>alert");
    }

    @Test
    void pageHasNoExternalUrl() {
        String page = ReportPage.write(Reports.eventful());

        assertThat(page)
                .contains("default-src 'none'")
                .doesNotContain("{{", "sourceMappingURL", "src=", "@import", "url(")
                .containsOnlyOnce("<link")
                .contains("<link rel=\"icon\" href=\"data:,\">");
    }

    @Test
    void downsamplingLosesNothing() {
        long[] offered = new long[3600];
        Arrays.fill(offered, 10);
        DownsampledSeries downsampledSeries = DownsampledSeries.of(Runs.slots(offered), 600);

        assertThat(downsampledSeries.slots()).hasSize(600);
        assertThat(downsampledSeries.slots().stream()
                        .mapToLong(it -> it.offered())
                        .sum())
                .isEqualTo(36_000);
        assertThat(downsampledSeries.rates(it -> it.offered())).containsOnly(10.0);
        assertThat(downsampledSeries.slots()).allMatch(it -> it.machines() == 1000);
    }

    @Test
    void emptyRunCanBeWritten() {
        RunStats nothing =
                new RunStats("office", Runs.BEGIN, StepStats.NONE, Map.of(), List.of(), Map.of(), GeneratorStats.NONE);
        RunReport usual = Reports.eventful();
        RunReport report = new RunReport(
                usual.name(),
                usual.begin(),
                usual.begin(),
                1,
                List.of(RunReport.FlockReport.of(Reports.FLOCK, nothing)),
                List.of(),
                List.of(),
                usual.environment());

        assertThat(ReportPage.write(report)).contains("FAILED: 4 of 4 checks");
        assertThat(Summary.write(report)).contains("no iteration ended, 0 were due");
    }
}
