package io.livepatch.fleet.gate;

import io.livepatch.fleet.report.RunReport;
import io.livepatch.fleet.verdict.Verdict.Check;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a gate found.
 *
 * @param checks of the gate itself: that the load was sound before, and that the command succeeded
 * @param flocks figures of the whole run, with checks of the judged part
 */
public record GateResult(List<Check> checks, List<RunReport.FlockReport> flocks, List<RunReport.Event> events) {
    public GateResult {
        checks = List.copyOf(checks);
        flocks = List.copyOf(flocks);
        events = List.copyOf(events);
    }

    public boolean passed() {
        return checks.stream().allMatch(Check::passed) && flocks.stream().allMatch(RunReport.FlockReport::passed);
    }

    /** The gate's own checks stand with the first flock. */
    public RunReport report(String name, Instant begin, Instant end, int replicas) {
        RunReport.FlockReport first = flocks.getFirst();
        RunReport.FlockReport whole = new RunReport.FlockReport(
                first.flock(),
                first.figures(),
                Stream.concat(checks.stream(), first.checks().stream()).toList(),
                first.warnings());
        return new RunReport(
                name,
                begin,
                end,
                replicas,
                Stream.concat(Stream.of(whole), flocks.stream().skip(1)).toList(),
                List.of(),
                events,
                RunReport.Environment.here());
    }
}
