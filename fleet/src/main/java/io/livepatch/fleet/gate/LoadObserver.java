package io.livepatch.fleet.gate;

import io.livepatch.fleet.report.RunReport.FlockReport;
import io.livepatch.fleet.stats.RunStats;
import io.livepatch.fleet.verdict.NumberFormat;
import io.livepatch.fleet.verdict.Verdict;
import io.livepatch.fleet.verdict.Verdict.Check;
import java.util.ArrayList;
import java.util.List;

/** One load as it was seen at the turning points of a gate. */
final class LoadObserver {
    private final ObservedLoad load;
    private RunStats warming;
    private RunStats begin;
    private RunStats due;
    private RunStats end;

    LoadObserver(ObservedLoad load) {
        this.load = load;
        this.warming = look();
        this.begin = warming;
        this.due = warming;
        this.end = warming;
    }

    private RunStats look() {
        return load.figures().get();
    }

    /** A load that has just begun is slower than it will be: from here on it is as usual. */
    void warming() {
        warming = look();
    }

    void begins() {
        begin = look();
    }

    void allDue() {
        due = look();
        end = due;
    }

    /** Whether all has ended that was due, as far as is known now. */
    boolean settled() {
        end = look();
        return StatsDelta.open(due, end) == 0;
    }

    /** Whether nothing failed before the command. */
    Check sound() {
        Check check = Verdict.of(load.flock(), begin, List.of(Verdict.NO_ERRORS))
                .checks()
                .getFirst();
        return new Check(
                "'%s' is sound before the command".formatted(load.flock().name()), check.measured(), check.passed());
    }

    FlockReport unjudged() {
        return new FlockReport(load.flock(), begin, List.of(), warnings(begin));
    }

    FlockReport report() {
        RunStats before = StatsDelta.between(warming, begin);
        List<Check> checks = new ArrayList<>(
                Verdict.of(load.flock(), StatsDelta.between(begin, due, end), GateThresholds.of(load.flock(), before))
                        .checks());
        checks.add(answered());
        checks.add(new Check(
                "the load goes on until the end",
                load.ended().getAsBoolean() ? "it had ended, so not all was judged" : "it did",
                !load.ended().getAsBoolean()));
        return new FlockReport(load.flock(), end, checks, warnings(end));
    }

    // A turn that hangs is no failed turn yet, and has no latency; without this, a server that went silent would pass.
    private Check answered() {
        long open = StatsDelta.open(due, end);
        return new Check(
                "every turn that was due has ended",
                open == 0
                        ? "all of %s".formatted(NumberFormat.count(due.offered(), "turn"))
                        : "%s had not, of %s"
                                .formatted(NumberFormat.count(open), NumberFormat.count(due.offered(), "turn")),
                open == 0);
    }

    private List<String> warnings(RunStats runStats) {
        return Verdict.of(load.flock(), runStats).warnings();
    }
}
