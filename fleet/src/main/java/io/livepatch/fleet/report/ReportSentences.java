package io.livepatch.fleet.report;

import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Load;
import io.livepatch.fleet.flock.Load.Stage;
import io.livepatch.fleet.stats.RunStats;
import io.livepatch.fleet.verdict.NumberFormat;
import io.livepatch.fleet.verdict.Verdict.Check;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** Sentences that all report formats share. */
final class ReportSentences {
    private ReportSentences() {}

    static String of(RunReport report) {
        return "%s, %s; %s; Java %s, %s"
                .formatted(
                        report.begin().truncatedTo(ChronoUnit.SECONDS),
                        clock(report.duration()),
                        NumberFormat.count(report.replicas(), "replica"),
                        report.environment().java(),
                        NumberFormat.count(report.environment().cpus(), "processor"));
    }

    static String verdict(RunReport report) {
        long all = report.flocks().stream().mapToLong(it -> it.checks().size()).sum();
        long failed = report.flocks().stream()
                .flatMap(it -> it.checks().stream())
                .filter(it -> !it.passed())
                .map(Check::threshold)
                .count();
        return failed == 0
                ? "PASSED: %s".formatted(NumberFormat.count(all, "check"))
                : "FAILED: %d of %s".formatted(failed, NumberFormat.count(all, "check"));
    }

    static String of(Flock flock) {
        return "%s, %s, %s%s"
                .formatted(
                        NumberFormat.count(flock.count(), "machine"),
                        flock.work().type(),
                        load(flock.load()),
                        flock.duration().map(it -> ", for " + clock(it)).orElse(""));
    }

    /** The iterations of the warm-up, which are not evaluated. */
    static Optional<String> warmUp(RunReport.FlockReport report) {
        return Optional.of(report.flock().warmUp())
                .filter(Duration::isPositive)
                .map(it -> "first %s not evaluated: %s"
                        .formatted(
                                NumberFormat.time(it),
                                NumberFormat.count(report.figures().warmUp(), "iteration")));
    }

    /** The responses without a unit. */
    static Optional<String> unnamed(RunStats runStats) {
        return Optional.of(runStats)
                .filter(it -> it.unnamed() > 0)
                .map(it -> it.units().isEmpty()
                        ? "none of %s names its unit".formatted(NumberFormat.count(it.unnamed(), "response"))
                        : "%s answered by the load balancer itself".formatted(NumberFormat.count(it.unnamed())));
    }

    private static String load(Load load) {
        return switch (load) {
            case Load.Closed() -> "closed load";
            case Load.Open(var arrivals, var stages) ->
                "%s arrivals, %s"
                        .formatted(
                                arrivals.name().toLowerCase(Locale.ROOT),
                                stages.stream().map(ReportSentences::stage).collect(Collectors.joining(", ")));
        };
    }

    private static String stage(Stage stage) {
        return stage.from().equals(stage.to())
                ? NumberFormat.rate(stage.to().perSecond())
                : "%s to %s in %s"
                        .formatted(
                                NumberFormat.rate(stage.from().perSecond()),
                                NumberFormat.rate(stage.to().perSecond()),
                                clock(stage.length()));
    }

    /** {@code 2:05}, {@code 1:00:00}. */
    static String clock(Duration duration) {
        return duration.toHours() > 0
                ? String.format(
                        Locale.ROOT,
                        "%d:%02d:%02d",
                        duration.toHours(),
                        duration.toMinutesPart(),
                        duration.toSecondsPart())
                : String.format(Locale.ROOT, "%d:%02d", duration.toMinutes(), duration.toSecondsPart());
    }
}
