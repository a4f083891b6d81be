package io.livepatch.fleet.cli;

import io.livepatch.common.config.Secret;
import io.livepatch.fleet.config.FleetConfig;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.gate.Gate;
import io.livepatch.fleet.gate.Gate.GateDurations;
import io.livepatch.fleet.gate.Gate.GateResult;
import io.livepatch.fleet.gate.Gate.ObservedLoad;
import io.livepatch.fleet.gate.GatedCommand;
import io.livepatch.fleet.replica.Replica;
import io.livepatch.fleet.replica.RunView.FlockView;
import io.livepatch.fleet.report.RunReport;
import io.livepatch.fleet.report.Summary;
import io.livepatch.fleet.stats.RunStats;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@CommandLine.Command(
        name = "gate",
        description =
                "Runs a command under load, and fails if a request fails, the latency limit is exceeded, or the command fails.",
        mixinStandardHelpOptions = true)
final class GateCommand implements Callable<Integer> {
    private final FleetContext context;

    @Mixin
    private LoadOptions load = new LoadOptions();

    @Mixin
    private ReportOptions reports = new ReportOptions();

    @Option(
            names = "--warm",
            paramLabel = "TIME",
            description = "duration of the load alone, after its warm_up; default: ${DEFAULT-VALUE}")
    private Duration warm = GateDurations.DEFAULT.warm();

    @Option(
            names = "--after",
            paramLabel = "TIME",
            description = "duration of the load after the command; default: ${DEFAULT-VALUE}")
    private Duration after = GateDurations.DEFAULT.after();

    @Option(
            names = "--command-timeout",
            paramLabel = "TIME",
            description = "timeout of the command; default: ${DEFAULT-VALUE}")
    private Duration timeout = GateDurations.DEFAULT.command();

    @Parameters(arity = "1..*", paramLabel = "COMMAND", description = "the command to test, after --")
    private List<String> words = List.of();

    GateCommand(FleetContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws InterruptedException {
        FleetConfig config = endless(load.read(context.environment()));
        FleetConfig.Report files = reports.over(config.report());
        ReportOptions.check(files);
        GateDurations gateDurations = new GateDurations(warm, timeout, after, GateDurations.DEFAULT.settle());
        RunReport report = run(config, gateDurations);
        ReportOptions.write(files, report);
        context.out().println(Summary.write(report));
        return report.passed() ? Main.PASSED : Main.NOT_PASSED;
    }

    private RunReport run(FleetConfig config, GateDurations gateDurations) throws InterruptedException {
        Instant begin = context.clock().instant();
        try (ReplicaRuntime replicaRuntime = ReplicaRuntime.start(config, false, context.clock())) {
            Replica replica = replicaRuntime.replica();
            List<ObservedLoad> observed = config.flocks().stream()
                    .map(flock -> observed(replica, flock))
                    .toList();
            GateResult result = new Gate(gateDurations, observed, context.clock()).run(command(config));
            return result.report(
                    load.name(),
                    begin,
                    context.clock().instant(),
                    config.replicas().count());
        }
    }

    private GatedCommand command(FleetConfig config) {
        List<Secret> secrets = Stream.of(
                        config.server().authToken(), config.api().token())
                .flatMap(Optional::stream)
                .toList();
        return new GatedCommand(words, context.environment(), secrets);
    }

    /** Removes the durations, so that no load ends before the command. */
    private static FleetConfig endless(FleetConfig config) {
        if (config.flocks().isEmpty()) {
            throw new IllegalArgumentException("the file has no flocks, so there is no load to test the command under");
        }
        List<Flock> flocks = config.flocks().stream().map(Flock::endless).toList();
        return new FleetConfig(config.server(), config.replicas(), config.api(), config.report(), flocks);
    }

    private static ObservedLoad observed(Replica replica, Flock flock) {
        return new ObservedLoad(
                flock,
                () -> replica.cachedView()
                        .flock(flock.name())
                        .map(FlockView::stats)
                        .orElseGet(() -> RunStats.none(flock.name(), Instant.EPOCH)),
                () -> replica.cachedView()
                        .flock(flock.name())
                        .map(view -> view.state() == FlockView.State.ENDED)
                        .orElse(false));
    }
}
