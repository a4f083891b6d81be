package io.livepatch.fleet.report;

import io.livepatch.fleet.stats.Latency;
import io.livepatch.fleet.stats.RunStats;
import io.livepatch.fleet.stats.RunStats.StepStats;
import io.livepatch.fleet.verdict.NumberFormat;
import io.livepatch.fleet.verdict.Verdict.Check;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** The text of a report for a terminal. */
public final class Summary {
    private Summary() {}

    public static String write(RunReport report) {
        StringBuilder text = new StringBuilder();
        text.append(report.name())
                .append('\n')
                .append(ReportSentences.of(report))
                .append('\n');
        report.flocks().forEach(it -> flock(text, it));
        if (!report.shortfalls().isEmpty()) {
            text.append("\nload below target while replicas were missing: ")
                    .append(NumberFormat.count(report.shortfalls().size(), "time"))
                    .append(", ")
                    .append(NumberFormat.time(report.belowTarget()))
                    .append(" in all\n");
        }
        return text.append('\n')
                .append(ReportSentences.verdict(report))
                .append('\n')
                .toString();
    }

    private static void flock(StringBuilder text, RunReport.FlockReport report) {
        RunStats runStats = report.figures();
        text.append("\n%s: %s\n".formatted(report.flock().name(), ReportSentences.of(report.flock())));
        ReportSentences.warmUp(report).ifPresent(it -> line(text, it));
        TextTable columns = new TextTable(16, 10, 8, 8, 9, 9, 9, 9, 12);
        columns.row("", "ok", "failed", "refused", "p50", "p99", "p99.9", "max", "service p99");
        row(columns, "iteration", runStats.iteration());
        Map<String, StepStats> steps = new TreeMap<>(runStats.steps());
        steps.forEach((name, stepStats) -> row(columns, name, stepStats));
        text.append(columns.text());
        if (!runStats.units().isEmpty()) {
            text.append("  units: %s; imbalance %.2f\n"
                    .formatted(
                            NumberFormat.counts(runStats.units()),
                            report.imbalance().orElse(1)));
        }
        ReportSentences.unnamed(runStats).ifPresent(it -> line(text, it));
        for (Check check : report.checks()) {
            text.append("  %s %s: %s\n".formatted(check.passed() ? "✔" : "✘", check.threshold(), check.measured()));
        }
        report.warnings().forEach(it -> line(text, "warning: " + it));
    }

    private static void line(StringBuilder text, String words) {
        text.append("  ").append(words).append('\n');
    }

    private static void row(TextTable columns, String name, StepStats stepStats) {
        Latency response = stepStats.response();
        columns.row(
                name,
                NumberFormat.count(stepStats.ok()),
                NumberFormat.count(stepStats.failed()),
                NumberFormat.count(stepStats.refused()),
                time(response, 50),
                time(response, 99),
                time(response, 99.9),
                time(response, 100),
                time(stepStats.service(), 99));
    }

    private static String time(Latency latency, double percent) {
        return latency.count() == 0 ? "-" : NumberFormat.time(latency.percentile(percent));
    }

    /**
     * A text table with the first column left-aligned and the others right-aligned. A column is as wide as its cells, but has a minimum width,
     * so that the tables of several flocks usually align.
     */
    private static final class TextTable {
        private final int[] widths;
        private final List<List<String>> rows = new ArrayList<>();

        TextTable(int... minWidths) {
            this.widths = minWidths.clone();
        }

        void row(String... cells) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], cells[i].codePointCount(0, cells[i].length()));
            }
            rows.add(List.of(cells));
        }

        String text() {
            StringBuilder text = new StringBuilder();
            for (List<String> row : rows) {
                text.append("  ").append(row.getFirst()).append(padding(0, row.getFirst()));
                IntStream.range(1, widths.length)
                        .forEach(i ->
                                text.append(' ').append(padding(i, row.get(i))).append(row.get(i)));
                text.append('\n');
            }
            return text.toString();
        }

        private String padding(int column, String cell) {
            return " ".repeat(widths[column] - cell.codePointCount(0, cell.length()));
        }
    }
}
