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
        description = "Runs the load until every flock has ended, then evaluates it and writes reports.",
        mixinStandardHelpOptions = true)
final class FleetRunCommand implements Callable<Integer> {
    private final FleetContext context;

    @Mixin
    private LoadOptions load = new LoadOptions();

    @Mixin
    private ReportOptions reports = new ReportOptions();

    @Option(names = "--dry-run", description = "prints the schedule of every replica and runs nothing")
    private boolean dryRun;

    @Option(
            names = "--events",
            paramLabel = "COMMAND",
            description =
                    "a shell command that prints the events of the stack after the run: lines with a timestamp become marks in the report, for example 'juju debug-log --no-tail -n 200'")
    private @Nullable String events;

    FleetRunCommand(FleetContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws InterruptedException {
        FleetConfig config = load.read(context.environment());
        if (config.flocks().isEmpty()) {
            throw new IllegalArgumentException("the file has no flocks, so there is nothing to run");
        }
        if (dryRun) {
            FlockPartition all = FlockPartition.whole(config.replicas().count());
            config.flocks().forEach(flock -> context.out().println(new StartSchedule(flock, all).text()));
            return Main.PASSED;
        }
        FleetConfig.Report files = reports.over(config.report());
        ReportOptions.check(files);
        RunReport report = run(config);
        ReportOptions.write(files, report);
        context.out().println(Summary.write(report));
        return report.passed() ? Main.PASSED : Main.NOT_PASSED;
    }

    private RunReport run(FleetConfig config) throws InterruptedException {
        try (ReplicaRuntime replicaRuntime = ReplicaRuntime.start(config, false, context.clock());
                var _ = ProgressDisplay.start(replicaRuntime.replica(), context)) {
            var _ = ShutdownSignal.onSignal(replicaRuntime.replica());
            replicaRuntime.replica().awaitAllEnded();
            return report(replicaRuntime);
        }
    }

    private RunReport report(ReplicaRuntime replicaRuntime) throws InterruptedException {
        Instant end = context.clock().instant();
        List<Event> stackEvents = events == null ? List.of() : EventLogReader.of(events);
        return ReplicaRuntime.report(replicaRuntime.replica().currentView(), load.name(), end, stackEvents);
    }
}
