package io.livepatch.fleet.report;

import io.livepatch.fleet.stats.Latency;
import io.livepatch.fleet.stats.RunStats;
import io.livepatch.fleet.stats.StepStats;
import io.livepatch.fleet.verdict.NumberFormat;
import io.livepatch.fleet.verdict.Verdict.Check;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** What the page says without a script: the verdict, why, and the main numbers. */
final class PageBody {
    private final RunReport report;
    private final HtmlWriter page = new HtmlWriter();

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
        happened();
        return page.text();
    }

    private void flock(RunReport.FlockReport flock, int number) {
        page.open("section");
        page.put("h2", "", flock.flock().name());
        page.put("p", "facts", ReportSentences.of(flock.flock()));
        ReportSentences.unjudged(flock).ifPresent(it -> page.put("p", "facts", it));
        page.table("", "what had to hold", "what was measured", "");
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
        page.put("h3", "", "Response times, and what a closed model would have shown (service)");
        page.table(
                "numbers", "", "ok", "failed", "refused", "p50", "p99", "p99.9", "max", "service p50", "service p99");
        row("turn", runStats.turn());
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

    private void happened() {
        if (report.events().isEmpty() && report.shortfalls().isEmpty()) {
            return;
        }
        page.open("section");
        page.put("h2", "", "What happened");
        page.table("", "time since start", "kind", "what");
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
        return ReportSentences.clock(Duration.between(report.start(), moment).truncatedTo(ChronoUnit.SECONDS));
    }
}
