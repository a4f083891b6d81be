package io.livepatch.fleet.cli;

import io.livepatch.fleet.config.FleetConfig;
import io.livepatch.fleet.division.Division;
import io.livepatch.fleet.division.Timetable;
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
    private final Surroundings surroundings;

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

    RunCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws InterruptedException {
        FleetConfig config = load.read(surroundings.environment());
        if (config.flocks().isEmpty()) {
            throw new IllegalArgumentException("the file has no flocks, so there is nothing to run");
        }
        if (dryRun) {
            Division all = Division.whole(config.replicas().count());
            config.flocks().forEach(flock -> surroundings.out().println(new Timetable(flock, all).text()));
            return Program.HELD;
        }
        FleetConfig.Report places = reports.over(config.report());
        ReportOptions.check(places);
        RunReport report = run(config);
        ReportOptions.write(places, report);
        surroundings.out().println(Summary.write(report));
        return report.passed() ? Program.HELD : Program.BROKEN;
    }

    private RunReport run(FleetConfig config) throws InterruptedException {
        try (Session session = Session.start(config, false, surroundings.clock());
                var _ = Watching.start(session.replica(), surroundings)) {
            var _ = Ending.onSignal(session.replica());
            session.replica().awaitAllEnded();
            return report(session);
        }
    }

    private RunReport report(Session session) throws InterruptedException {
        Instant end = surroundings.clock().instant();
        List<Event> others = events == null ? List.of() : StackEvents.of(events);
        return Outcome.of(session.replica().fresh(), load.name(), end, others);
    }
}
