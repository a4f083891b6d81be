package io.livepatch.fleet.cli;

import io.livepatch.fleet.config.FleetConfig;
import io.livepatch.fleet.division.FlockPartition;
import io.livepatch.fleet.division.StartSchedule;
import io.livepatch.fleet.report.RunReport;
import io.livepatch.fleet.report.RunReport.Event;
import io.livepatch.fleet.report.Summary;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "run",
        description = "Puts the load on, until every flock has ended; then judges it and writes reports.",
        mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {
    private final CliContext cliContext;

    @Mixin
    private LoadOptions load = new LoadOptions();

    @Mixin
    private ReportOptions reports = new ReportOptions();

    @Option(names = "--dry-run", description = "shows what every replica would do when, and does none of it")
    private boolean dryRun;

    @Option(
            names = "--events",
            paramLabel = "COMMAND",
            description =
                    "a shell command that, when all is over, prints what happened to the stack: lines that begin with a moment become marks in the report, as those of 'scripts/juju debug-log --no-tail -n 200' do")
    private @Nullable String events;

    RunCommand(CliContext cliContext) {
        this.cliContext = cliContext;
    }

    @Override
    public Integer call() throws InterruptedException {
        FleetConfig config = load.read(cliContext.environment());
        if (config.flocks().isEmpty()) {
            throw new IllegalArgumentException("the file has no flocks, so there is nothing to run");
        }
        if (dryRun) {
            FlockPartition all = FlockPartition.whole(config.replicas().count());
            config.flocks().forEach(flock -> cliContext.out().println(new StartSchedule(flock, all).text()));
            return Program.HELD;
        }
        FleetConfig.Report places = reports.over(config.report());
        ReportOptions.check(places);
        RunReport report = run(config);
        ReportOptions.write(places, report);
        cliContext.out().println(Summary.write(report));
        return report.passed() ? Program.HELD : Program.BROKEN;
    }

    private RunReport run(FleetConfig config) throws InterruptedException {
        try (ReplicaRuntime replicaRuntime = ReplicaRuntime.start(config, false, cliContext.clock());
                var _ = ProgressDisplay.start(replicaRuntime.replica(), cliContext)) {
            var _ = ShutdownSignal.onSignal(replicaRuntime.replica());
            replicaRuntime.replica().awaitAllEnded();
            return report(replicaRuntime);
        }
    }

    private RunReport report(ReplicaRuntime replicaRuntime) throws InterruptedException {
        Instant end = cliContext.clock().instant();
        List<Event> others = events == null ? List.of() : EventLogReader.of(events);
        return RunOutcome.of(replicaRuntime.replica().fresh(), load.name(), end, others);
    }
}
