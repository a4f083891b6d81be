package io.livepatch.fleet.report;

import io.livepatch.fleet.figures.Figures;
import io.livepatch.fleet.figures.Latency;
import io.livepatch.fleet.figures.Step;
import io.livepatch.fleet.verdict.Check;
import io.livepatch.fleet.verdict.Words;
import java.util.Map;
import java.util.TreeMap;

/** The report for a terminal. */
public final class Summary {
    private Summary() {}

    public static String write(RunReport report) {
        StringBuilder text = new StringBuilder();
        text.append(report.name()).append('\n').append(Facts.of(report)).append('\n');
        report.flocks().forEach(it -> flock(text, it));
        if (!report.shortfalls().isEmpty()) {
            text.append("\nload below target while replicas were missing: ")
                    .append(Words.count(report.shortfalls().size(), "time"))
                    .append(", ")
                    .append(Words.time(Shares.belowTarget(report)))
                    .append(" in all\n");
        }
        return text.append('\n').append(Facts.verdict(report)).append('\n').toString();
    }

    private static void flock(StringBuilder text, RunReport.FlockReport report) {
        Figures figures = report.figures();
        text.append("\n%s: %s\n".formatted(report.flock().name(), Facts.of(report.flock())));
        Facts.unjudged(report).ifPresent(it -> line(text, it));
        Columns columns = new Columns(16, 10, 8, 8, 9, 9, 9, 9, 12);
        columns.row("", "ok", "failed", "refused", "p50", "p99", "p99.9", "max", "service p99");
        row(columns, "turn", figures.turn());
        Map<String, Step> steps = new TreeMap<>(figures.steps());
        steps.forEach((name, step) -> row(columns, name, step));
        text.append(columns.text());
        if (!figures.units().isEmpty()) {
            text.append("  units: %s; imbalance %.2f\n"
                    .formatted(
                            Words.counts(figures.units()),
                            Shares.imbalance(figures.units()).orElse(1)));
        }
        Facts.unnamed(figures).ifPresent(it -> line(text, it));
        for (Check check : report.checks()) {
            text.append("  %s %s: %s\n".formatted(check.passed() ? "✔" : "✘", check.threshold(), check.measured()));
        }
        report.warnings().forEach(it -> line(text, "warning: " + it));
    }

    private static void line(StringBuilder text, String words) {
        text.append("  ").append(words).append('\n');
    }

    private static void row(Columns columns, String name, Step step) {
        Latency response = step.response();
        columns.row(
                name,
                Words.count(step.ok()),
                Words.count(step.failed()),
                Words.count(step.refused()),
                time(response, 50),
                time(response, 99),
                time(response, 99.9),
                time(response, 100),
                time(step.service(), 99));
    }

    private static String time(Latency latency, double percent) {
        return latency.count() == 0 ? "-" : Words.time(latency.percentile(percent));
    }
}
