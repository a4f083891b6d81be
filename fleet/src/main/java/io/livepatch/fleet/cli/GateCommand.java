package io.livepatch.fleet.cli;

import io.livepatch.common.config.Secret;
import io.livepatch.fleet.config.FleetConfig;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.gate.Command;
import io.livepatch.fleet.gate.Gate;
import io.livepatch.fleet.gate.GateDurations;
import io.livepatch.fleet.gate.GateResult;
import io.livepatch.fleet.gate.ObservedLoad;
import io.livepatch.fleet.replica.FlockView;
import io.livepatch.fleet.replica.Replica;
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
                "Puts a load on, runs a command in it, and fails if a request failed, the latency rule broke, or the command failed.",
        mixinStandardHelpOptions = true)
final class GateCommand implements Callable<Integer> {
    private final CliContext cliContext;

    @Mixin
    private LoadOptions load = new LoadOptions();

    @Mixin
    private ReportOptions reports = new ReportOptions();

    @Option(
            names = "--warm",
            paramLabel = "TIME",
            description = "the load alone, after its warm_up; default: ${DEFAULT-VALUE}")
    private Duration warm = GateDurations.USUAL.warm();

    @Option(names = "--after", paramLabel = "TIME", description = "the load goes on so long; default: ${DEFAULT-VALUE}")
    private Duration after = GateDurations.USUAL.after();

    @Option(
            names = "--command-timeout",
            paramLabel = "TIME",
            description = "the command is ended after so long; default: ${DEFAULT-VALUE}")
    private Duration timeout = GateDurations.USUAL.command();

    @Parameters(arity = "1..*", paramLabel = "COMMAND", description = "what must not be felt; behind --")
    private List<String> words = List.of();

    GateCommand(CliContext cliContext) {
        this.cliContext = cliContext;
    }

    @Override
    public Integer call() throws InterruptedException {
        FleetConfig config = endless(load.read(cliContext.environment()));
        FleetConfig.Report places = reports.over(config.report());
        ReportOptions.check(places);
        GateDurations gateDurations = new GateDurations(warm, timeout, after, GateDurations.USUAL.settle());
        RunReport report = run(config, gateDurations);
        ReportOptions.write(places, report);
        cliContext.out().println(Summary.write(report));
        return report.passed() ? Program.HELD : Program.BROKEN;
    }

    private RunReport run(FleetConfig config, GateDurations gateDurations) throws InterruptedException {
        Instant begin = cliContext.clock().instant();
        try (ReplicaRuntime replicaRuntime = ReplicaRuntime.start(config, false, cliContext.clock())) {
            Replica replica = replicaRuntime.replica();
            List<ObservedLoad> watched = config.flocks().stream()
                    .map(flock -> watched(replica, flock))
                    .toList();
            GateResult result = new Gate(gateDurations, watched, cliContext.clock()).run(command(config));
            return result.report(
                    load.name(),
                    begin,
                    cliContext.clock().instant(),
                    config.replicas().count());
        }
    }

    private Command command(FleetConfig config) {
        List<Secret> secrets = Stream.of(
                        config.server().authToken(), config.api().token())
                .flatMap(Optional::stream)
                .toList();
        return new Command(words, cliContext.environment(), secrets);
    }

    /** A load that ended before the command would see nothing of it. */
    private static FleetConfig endless(FleetConfig config) {
        if (config.flocks().isEmpty()) {
            throw new IllegalArgumentException("the file has no flocks, so a command would not be noticed");
        }
        List<Flock> flocks = config.flocks().stream().map(Flock::endless).toList();
        return new FleetConfig(config.server(), config.replicas(), config.api(), config.report(), flocks);
    }

    private static ObservedLoad watched(Replica replica, Flock flock) {
        return new ObservedLoad(
                flock,
                () -> replica.known()
                        .flock(flock.name())
                        .map(FlockView::figures)
                        .orElseGet(() -> RunStats.none(flock.name(), Instant.EPOCH)),
                () -> replica.known()
                        .flock(flock.name())
                        .map(view -> view.state() == FlockView.State.ENDED)
                        .orElse(false));
    }
}
