package io.livepatch.fleet.gate;

import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Threshold;
import io.livepatch.fleet.gate.Gate.ObservedLoad;
import io.livepatch.fleet.report.RunReport.FlockReport;
import io.livepatch.fleet.stats.RunStats;
import io.livepatch.fleet.verdict.NumberFormat;
import io.livepatch.fleet.verdict.Verdict;
import io.livepatch.fleet.verdict.Verdict.Check;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Snapshots of one load at the phases of a gate. */
final class LoadObserver {
    private final ObservedLoad load;
    private RunStats warming;
    private RunStats begin;
    private RunStats due;
    private RunStats end;

    LoadObserver(ObservedLoad load) {
        this.load = load;
        this.warming = snapshot();
        this.begin = warming;
        this.due = warming;
        this.end = warming;
    }

    private RunStats snapshot() {
        return load.figures().get();
    }

    /** Starts the reference period: before, a new load is slower than later. */
    void markWarm() {
        warming = snapshot();
    }

    void markBegin() {
        begin = snapshot();
    }

    void markDue() {
        due = snapshot();
        end = due;
    }

    /** Whether all due iterations have ended. */
    boolean settled() {
        end = snapshot();
        return StatsDelta.open(due, end) == 0;
    }

    /** Checks that nothing failed before the command. */
    Check sound() {
        Check check = Verdict.of(load.flock(), begin, List.of(Verdict.NO_ERRORS))
                .checks()
                .getFirst();
        return new Check(
                "'%s' is sound before the command".formatted(load.flock().name()), check.measured(), check.passed());
    }

    FlockReport reportWithoutChecks() {
        return new FlockReport(load.flock(), begin, List.of(), warnings(begin));
    }

    FlockReport report() {
        RunStats before = StatsDelta.between(warming, begin);
        List<Check> checks = new ArrayList<>(
                Verdict.of(load.flock(), StatsDelta.between(begin, due, end), GateThresholds.of(load.flock(), before))
                        .checks());
        checks.add(completed());
        checks.add(new Check(
                "the load runs until the end",
                load.ended().getAsBoolean() ? "it had ended, so not all was evaluated" : "it did",
                !load.ended().getAsBoolean()));
        return new FlockReport(load.flock(), end, checks, warnings(end));
    }

    // A hanging iteration has neither failed nor a latency, so without this check a silent server would pass.
    private Check completed() {
        long open = StatsDelta.open(due, end);
        return new Check(
                "every iteration that was due has ended",
                open == 0
                        ? "all of %s".formatted(NumberFormat.count(due.offered(), "iteration"))
                        : "%s had not, of %s"
                                .formatted(NumberFormat.count(open), NumberFormat.count(due.offered(), "iteration")),
                open == 0);
    }

    private List<String> warnings(RunStats runStats) {
        return Verdict.of(load.flock(), runStats).warnings();
    }

    /** The thresholds of the time from the command on. */
    static final class GateThresholds {
        /** The p99 of a few seconds varies by up to a half without a cause; a factor of three is a change. */
        private static final int MAX_FACTOR = 3;

        /** Always acceptable while a stack is changed, since a machine polls hourly. */
        private static final Duration ALWAYS_ALLOWED = Duration.ofMillis(250);

        private GateThresholds() {}

        /** Those of the flock; by default no errors, and a p99 of at most three times the reference or 250 ms. */
        static List<Threshold> of(Flock flock, RunStats before) {
            if (!flock.thresholds().isEmpty()) {
                return flock.thresholds();
            }
            Duration reference = before.iteration().response().percentile(99);
            Duration scaled = reference.multipliedBy(MAX_FACTOR);
            Duration limit = scaled.compareTo(ALWAYS_ALLOWED) > 0 ? scaled : ALWAYS_ALLOWED;
            return List.of(
                    Verdict.NO_ERRORS,
                    new Threshold(
                            "p99 <= %s (%d × %s before, at least %s)"
                                    .formatted(
                                            NumberFormat.time(limit),
                                            MAX_FACTOR,
                                            NumberFormat.time(reference),
                                            NumberFormat.time(ALWAYS_ALLOWED)),
                            new Threshold.Metric.Percentile(99, false, Optional.empty()),
                            Threshold.Comparison.AT_MOST,
                            new Threshold.Bound.Time(limit)));
        }
    }
}
