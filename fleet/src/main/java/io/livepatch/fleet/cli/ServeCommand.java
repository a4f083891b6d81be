package io.livepatch.fleet.cli;

import io.livepatch.fleet.config.FleetConfig;
import io.livepatch.fleet.report.RunReport;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "serve",
        description =
                "A replica that stays: starts the flocks of the file, and is asked and told over HTTP until a signal ends it.",
        mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {
    private final CliContext cliContext;

    @Mixin
    private LoadOptions load = new LoadOptions();

    @Mixin
    private ReportOptions reports = new ReportOptions();

    ServeCommand(CliContext cliContext) {
        this.cliContext = cliContext;
    }

    @Override
    public Integer call() throws InterruptedException {
        FleetConfig config = load.read(cliContext.environment());
        FleetConfig.Report places = reports.over(config.report());
        ReportOptions.check(places);
        try (ReplicaRuntime replicaRuntime = ReplicaRuntime.start(config, true, cliContext.clock())) {
            cliContext
                    .err()
                    .printf(
                            "replica %d of %d serves at %s%n",
                            config.replicas().index(),
                            config.replicas().count(),
                            replicaRuntime.address().orElseThrow());
            ShutdownSignal.onSignal().await();
            RunReport report = RunOutcome.of(
                    replicaRuntime.replica().fresh(),
                    load.name(),
                    cliContext.clock().instant(),
                    List.of());
            ReportOptions.write(places, report);
            return Program.HELD;
        }
    }
}
