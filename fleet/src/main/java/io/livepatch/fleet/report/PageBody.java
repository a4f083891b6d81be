package io.livepatch.fleet.report;

import io.livepatch.fleet.figures.Figures;
import io.livepatch.fleet.figures.Latency;
import io.livepatch.fleet.figures.Step;
import io.livepatch.fleet.verdict.Check;
import io.livepatch.fleet.verdict.Words;
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
    private final Markup page = new Markup();

    PageBody(RunReport report) {
        this.report = report;
    }

    String text() {
        page.open("header");
        page.put("h1", "", report.name());
        page.put("p", "facts", Facts.of(report));
        page.put("p", "verdict " + (report.passed() ? "passed" : "failed"), Facts.verdict(report));
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
        page.put("p", "facts", Facts.of(flock.flock()));
        Facts.unjudged(flock).ifPresent(it -> page.put("p", "facts", it));
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

    private void numbers(Figures figures) {
        page.put("h3", "", "Response times, and what a closed model would have shown (service)");
        page.table(
                "numbers", "", "ok", "failed", "refused", "p50", "p99", "p99.9", "max", "service p50", "service p99");
        row("turn", figures.turn());
        Map<String, Step> steps = new TreeMap<>(figures.steps());
        steps.forEach(this::row);
        page.closeTable();
        Facts.unnamed(figures).ifPresent(it -> page.put("p", "facts", it));
    }

    private void row(String name, Step step) {
        Latency response = step.response();
        Latency service = step.service();
        page.open("tr");
        page.put("td", "", name);
        List.of(step.ok(), step.failed(), step.refused()).forEach(it -> page.put("td", "number", Words.count(it)));
        List.of(
                        response.percentile(50),
                        response.percentile(99),
                        response.percentile(99.9),
                        response.max(),
                        service.percentile(50),
                        service.percentile(99))
                .forEach(it -> page.put("td", "number", it.isZero() ? "–" : Words.time(it)));
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
                                        Words.time(Duration.between(it.from(), it.to())),
                                        Words.time(Duration.between(it.from(), it.covered())))));
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
        return Facts.clock(Duration.between(report.start(), moment).truncatedTo(ChronoUnit.SECONDS));
    }
}
