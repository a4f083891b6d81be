package io.livepatch.fleet.report;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.stats.Latency;
import io.livepatch.fleet.stats.RunStats;
import io.livepatch.fleet.stats.RunStats.StepStats;
import io.livepatch.fleet.verdict.Verdict.Check;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;

/** The JSON document of a report. */
record ReportDocument(
        String format,
        String name,
        Instant begin,
        Instant end,
        boolean passed,
        int replicas,
        List<FlockDocument> flocks,
        List<RunReport.Shortfall> shortfalls,
        List<RunReport.Event> events,
        RunReport.Environment environment) {

    /** A flock: a summary, and the complete data. */
    record FlockDocument(
            String name,
            boolean passed,
            List<Check> checks,
            List<String> warnings,
            long unjudged,
            long offered,
            long done,
            long failed,
            StepDocument turn,
            Map<String, StepDocument> steps,
            OptionalDouble imbalance,
            long unnamed,
            Flock flock,
            RunStats figures) {

        static FlockDocument of(RunReport.FlockReport report) {
            RunStats figures = report.figures();
            Map<String, StepDocument> steps = new TreeMap<>();
            figures.steps().forEach((name, stepStats) -> steps.put(name, StepDocument.of(stepStats)));
            return new FlockDocument(
                    figures.flock(),
                    report.passed(),
                    report.checks(),
                    report.warnings(),
                    figures.warmUp(),
                    figures.offered(),
                    figures.done(),
                    figures.iteration().failed(),
                    StepDocument.of(figures.iteration()),
                    steps,
                    report.imbalance(),
                    figures.unnamed(),
                    report.flock(),
                    figures);
        }

        RunReport.FlockReport report() {
            return new RunReport.FlockReport(flock, figures, checks, warnings);
        }
    }

    /** An iteration, or a call within it. */
    record StepDocument(
            long ok,
            Map<String, Long> errors,
            Map<String, Long> refusals,
            TimesDocument responseMicros,
            TimesDocument serviceMicros) {
        static StepDocument of(StepStats stepStats) {
            return new StepDocument(
                    stepStats.ok(),
                    stepStats.errors(),
                    stepStats.refusals(),
                    TimesDocument.of(stepStats.response()),
                    TimesDocument.of(stepStats.service()));
        }
    }

    /** Percentiles in microseconds. */
    record TimesDocument(
            long count,
            long p50,
            long p75,
            long p90,
            long p95,
            long p99,
            @JsonProperty("p99.9") long p999,
            @JsonProperty("p99.99") long p9999,
            long max,
            long mean) {
        static TimesDocument of(Latency latency) {
            return new TimesDocument(
                    latency.count(),
                    micros(latency.percentile(50)),
                    micros(latency.percentile(75)),
                    micros(latency.percentile(90)),
                    micros(latency.percentile(95)),
                    micros(latency.percentile(99)),
                    micros(latency.percentile(99.9)),
                    micros(latency.percentile(99.99)),
                    micros(latency.max()),
                    micros(latency.mean()));
        }

        private static long micros(Duration duration) {
            return duration.toNanos() / 1000;
        }
    }

    static ReportDocument of(RunReport report) {
        return new ReportDocument(
                ReportJson.FORMAT,
                report.name(),
                report.begin(),
                report.end(),
                report.passed(),
                report.replicas(),
                report.flocks().stream().map(FlockDocument::of).toList(),
                report.shortfalls(),
                report.events(),
                report.environment());
    }

    RunReport report() {
        return new RunReport(
                name,
                begin,
                end,
                replicas,
                flocks.stream().map(FlockDocument::report).toList(),
                shortfalls,
                events,
                environment);
    }
}
