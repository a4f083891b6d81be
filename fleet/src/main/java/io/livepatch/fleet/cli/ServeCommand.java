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
    private final Surroundings surroundings;

    @Mixin
    private LoadOptions load = new LoadOptions();

    @Mixin
    private ReportOptions reports = new ReportOptions();

    ServeCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws InterruptedException {
        FleetConfig config = load.read(surroundings.environment());
        FleetConfig.Report places = reports.over(config.report());
        ReportOptions.check(places);
        try (Session session = Session.start(config, true, surroundings.clock())) {
            surroundings
                    .err()
                    .printf(
                            "replica %d of %d serves at %s%n",
                            config.replicas().index(),
                            config.replicas().count(),
                            session.address().orElseThrow());
            Ending.onSignal().await();
            RunReport report = Outcome.of(
                    session.replica().fresh(), load.name(), surroundings.clock().instant(), List.of());
            ReportOptions.write(places, report);
            return Program.HELD;
        }
    }
}
