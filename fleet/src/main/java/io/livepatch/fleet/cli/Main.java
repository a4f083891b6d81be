package io.livepatch.fleet.cli;

import io.livepatch.common.cli.Version;
import io.livepatch.common.config.ConfigException;
import io.livepatch.common.config.GoDuration;
import io.livepatch.fleet.config.FleetConfig;
import io.livepatch.fleet.replica.ReplicaException;
import io.livepatch.fleet.report.ReportJson;
import io.livepatch.fleet.report.RunReport;
import io.livepatch.fleet.report.Summary;
import io.livepatch.fleet.workload.JdkHttp;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** The program {@code fleet}: its commands, and the exit codes of failures. */
@Command(
        name = "fleet",
        description = "Loads a livepatch server with many simulated machines and evaluates the results.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:every threshold held",
            "1:a threshold did not hold, or a gate's command failed",
            "2:wrong usage or configuration",
            "3:it could not run"
        })
public final class Main {
    static final int PASSED = 0;
    static final int NOT_PASSED = 1;
    static final int USAGE = 2;
    static final int FAILED = 3;

    private Main() {}

    /** Runs one command; the exit code is 0, 1 a threshold did not hold, 2 wrong usage or configuration, 3 it could not run. */
    public static void main(String[] arguments) {
        JdkHttp.prepare();
        System.exit(commandLine(FleetContext.ofProcess()).execute(arguments));
    }

    static CommandLine commandLine(FleetContext context) {
        CommandLine line = new CommandLine(new Main());
        line.addSubcommand(new FleetRunCommand(context));
        line.addSubcommand(new GateCommand(context));
        line.addSubcommand(new ServeCommand(context));
        line.addSubcommand(new ReportCommand(context));
        line.setExpandAtFiles(false);
        line.registerConverter(Duration.class, GoDuration::parse);
        line.setOut(context.out());
        line.setErr(context.err());
        line.setExecutionExceptionHandler((e, command, parsed) -> report(e, context));
        return line;
    }

    private static int report(Exception failure, FleetContext context) throws Exception {
        int code = switch (failure) {
            case ConfigException e -> USAGE;
            case IllegalArgumentException e -> USAGE;
            case ReplicaException e -> FAILED;
            case UncheckedIOException e -> FAILED;
            default -> throw failure;
        };
        context.err().println("fleet: " + failure.getMessage());
        context.err().flush();
        return code;
    }

    @Command(
            name = "serve",
            description = "Runs a replica with the flocks of the file, controlled over HTTP, until a signal ends it.",
            mixinStandardHelpOptions = true)
    private static final class ServeCommand implements Callable<Integer> {
        private final FleetContext context;

        @Mixin
        private LoadOptions load = new LoadOptions();

        @Mixin
        private ReportOptions reports = new ReportOptions();

        ServeCommand(FleetContext context) {
            this.context = context;
        }

        @Override
        public Integer call() throws InterruptedException {
            FleetConfig config = load.read(context.environment());
            FleetConfig.Report files = reports.over(config.report());
            ReportOptions.check(files);
            try (ReplicaRuntime replicaRuntime = ReplicaRuntime.start(config, true, context.clock())) {
                context.err()
                        .printf(
                                "replica %d of %d serves at %s%n",
                                config.replicas().index(),
                                config.replicas().count(),
                                replicaRuntime.address().orElseThrow());
                ShutdownSignal.onSignal().await();
                RunReport report = ReplicaRuntime.report(
                        replicaRuntime.replica().currentView(),
                        load.name(),
                        context.clock().instant(),
                        List.of());
                ReportOptions.write(files, report);
                return PASSED;
            }
        }
    }

    @Command(
            name = "report",
            description = "Creates reports from JSON reports; those of several replicas are merged.",
            mixinStandardHelpOptions = true)
    private static final class ReportCommand implements Callable<Integer> {
        private final FleetContext context;

        @Parameters(arity = "1..*", paramLabel = "RESULTS", description = "JSON reports of one run")
        private List<Path> results = List.of();

        @Mixin
        private ReportOptions reports = new ReportOptions();

        ReportCommand(FleetContext context) {
            this.context = context;
        }

        @Override
        public Integer call() {
            RunReport report = ReportJson.merge(results.stream()
                    .map(file -> ReportJson.read(text(file), file))
                    .toList());
            ReportOptions.check(reports.alone());
            ReportOptions.write(reports.alone(), report);
            if (reports.none()) {
                context.out().println(Summary.write(report));
            }
            return report.passed() ? PASSED : NOT_PASSED;
        }

        private static String text(Path file) {
            try {
                return Files.readString(file);
            } catch (IOException e) {
                throw new UncheckedIOException("cannot read '%s': %s".formatted(file, e.getMessage()), e);
            }
        }
    }
}
