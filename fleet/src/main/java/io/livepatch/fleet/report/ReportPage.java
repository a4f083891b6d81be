package io.livepatch.fleet.report;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.livepatch.fleet.stats.Latency;
import io.livepatch.fleet.stats.RunStats;
import io.livepatch.fleet.stats.RunStats.StepStats;
import io.livepatch.fleet.verdict.NumberFormat;
import io.livepatch.fleet.verdict.Verdict.Check;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The report as one HTML file without external resources. */
public final class ReportPage {
    private static final String LIBRARY = "/META-INF/resources/webjars/chart.js/4.4.9/dist/chart.umd.js";
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{(\\w+)}}");

    private ReportPage() {}

    public static String write(RunReport report) {
        Map<String, String> parts = Map.of(
                "style", resource("page.css"),
                "script", resource("page.js"),
                // Without the URL of its source map, which developer tools would request.
                "library", resource(LIBRARY).replaceAll("(?m)^//# sourceMappingURL=.*$", ""),
                // A script element ends at the first "</script", even in a string.
                "data", ReportJson.compact(PageData.of(report)).replace("<", "\\u003c"),
                "body", new PageBody(report).text());
        // In one pass, so that placeholders in a part are not replaced.
        return PLACEHOLDER
                .matcher(resource("page.html"))
                .replaceAll(it -> Matcher.quoteReplacement(parts.getOrDefault(it.group(1), it.group())));
    }

    private static String resource(String name) {
        try (InputStream stream = ReportPage.class.getResourceAsStream(name)) {
            if (stream == null) {
                throw new IllegalStateException("'%s' is not on the class path".formatted(name));
            }
            return new String(stream.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read '%s' from the class path".formatted(name), e);
        }
    }

    /** The part of the page that needs no script: verdict, checks and main numbers. */
    private static final class PageBody {
        private final RunReport report;
        private final XmlWriter page = new XmlWriter();

        PageBody(RunReport report) {
            this.report = report;
        }

        String text() {
            page.open("header");
            page.put("h1", "", report.name());
            page.put("p", "facts", ReportSentences.of(report));
            page.put("p", "verdict " + (report.passed() ? "passed" : "failed"), ReportSentences.verdict(report));
            page.close();
            for (int i = 0; i < report.flocks().size(); i++) {
                flock(report.flocks().get(i), i);
            }
            events();
            return page.text();
        }

        private void flock(RunReport.FlockReport flock, int number) {
            page.open("section");
            page.put("h2", "", flock.flock().name());
            page.put("p", "facts", ReportSentences.of(flock.flock()));
            ReportSentences.warmUp(flock).ifPresent(it -> page.put("p", "facts", it));
            page.table("", "threshold", "measured", "");
            for (Check check : flock.checks()) {
                page.open("tr");
                page.open("td");
                page.put("code", "", check.threshold());
                page.close();
                page.put("td", "", check.measured());
                page.put("td", check.passed() ? "passed" : "failed", check.passed() ? "✔ passed" : "✘ failed");
                page.close();
            }
            page.closeTable();
            flock.warnings().forEach(it -> page.put("p", "warning", it));
            numbers(flock.figures());
            page.open("div", "class", "charts", "id", "charts-" + number);
            page.close();
            page.close();
        }

        private void numbers(RunStats runStats) {
            page.put("h3", "", "Response times, and service times as a closed model would show them");
            page.table(
                    "numbers",
                    "",
                    "ok",
                    "failed",
                    "refused",
                    "p50",
                    "p99",
                    "p99.9",
                    "max",
                    "service p50",
                    "service p99");
            row("iteration", runStats.iteration());
            Map<String, StepStats> steps = new TreeMap<>(runStats.steps());
            steps.forEach(this::row);
            page.closeTable();
            ReportSentences.unnamed(runStats).ifPresent(it -> page.put("p", "facts", it));
        }

        private void row(String name, StepStats stepStats) {
            Latency response = stepStats.response();
            Latency service = stepStats.service();
            page.open("tr");
            page.put("td", "", name);
            List.of(stepStats.ok(), stepStats.failed(), stepStats.refused())
                    .forEach(it -> page.put("td", "number", NumberFormat.count(it)));
            List.of(
                            response.percentile(50),
                            response.percentile(99),
                            response.percentile(99.9),
                            response.max(),
                            service.percentile(50),
                            service.percentile(99))
                    .forEach(it -> page.put("td", "number", it.isZero() ? "–" : NumberFormat.time(it)));
            page.close();
        }

        private void events() {
            if (report.events().isEmpty() && report.shortfalls().isEmpty()) {
                return;
            }
            page.open("section");
            page.put("h2", "", "Events");
            page.table("", "time since start", "kind", "event");
            report.events().forEach(it -> event(since(it.at()), it.kind(), it.text()));
            report.shortfalls()
                    .forEach(it -> event(
                            since(it.from()),
                            "shortfall",
                            "replicas %s were missing for %s, the load was below its target for %s"
                                    .formatted(
                                            new TreeSet<>(it.missing()),
                                            NumberFormat.time(Duration.between(it.from(), it.to())),
                                            NumberFormat.time(Duration.between(it.from(), it.covered())))));
            page.closeTable();
            page.close();
        }

        private void event(String at, String kind, String text) {
            page.open("tr");
            page.put("td", "number", at);
            page.put("td", "", kind);
            page.put("td", "", text);
            page.close();
        }

        private String since(Instant moment) {
            return ReportSentences.clock(
                    Duration.between(report.start(), moment).truncatedTo(ChronoUnit.SECONDS));
        }
    }
}
