package io.livepatch.supervisor.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.livepatch.common.cli.Version;
import io.livepatch.common.config.ConfigException;
import io.livepatch.supervisor.SupervisorException;
import io.livepatch.supervisor.config.Diagnostic;
import io.livepatch.supervisor.config.Explanation;
import io.livepatch.supervisor.config.SupervisorConfig;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code supervisor}: reads and checks the file, then prints or runs it. */
@Command(
        name = "supervisor",
        versionProvider = Version.class,
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Keeps pools of N workers of one command running, and replaces them without loss of capacity.",
        footer = {
            "",
            "TERM or INT stops all workers in order, a second one kills them; HUP reloads the file.",
            "Exit code: 0 all workers stopped in order, 1 internal error, 2 wrong usage or configuration, 3 workers were given up, 4 workers had to be killed."
        })
final class SupervisorCommand implements Callable<Integer> {

    /** The exit codes, as {@code --help} explains them. */
    static final class ExitCode {

        static final int OK = 0;
        static final int INTERNAL_ERROR = 1;
        static final int USAGE = 2;
        static final int GIVEN_UP = 3;
        static final int KILLED = 4;

        private ExitCode() {}
    }

    @Spec
    private CommandSpec command;

    @Option(
            names = {"-c", "--config"},
            required = true,
            paramLabel = "FILE",
            description = "The configuration: YAML, with Monoceros' keys and more.")
    private Path file;

    @Option(
            names = {"-k", "--validate"},
            description = "Check the file and its durations, and exit.")
    private boolean validate;

    @Option(names = "--explain", description = "Print the schedule of recycles and the worst cases, and exit.")
    private boolean explain;

    @Option(names = "--print-config", description = "Print the file with all defaults filled in, and exit.")
    private boolean printConfig;

    @Option(
            names = {"-d", "--debug"},
            description = "Log every step of the engine too.")
    private boolean debug;

    private final ShutdownRequest shutdown;

    @SuppressWarnings("NullAway.Init") // picocli sets the annotated fields
    SupervisorCommand(ShutdownRequest shutdown) {
        this.shutdown = shutdown;
    }

    @Override
    public Integer call() {
        try {
            SupervisorConfig config = SupervisorConfig.read(file);
            List<Diagnostic> diagnostics = PoolRegistry.check(config);
            boolean usable =
                    diagnostics.stream().noneMatch(diagnostic -> diagnostic.severity() == Diagnostic.Severity.ERROR);
            if (!usable || validate) {
                return report(config, diagnostics, usable);
            }
            if (explain || printConfig) {
                print(explain ? Explanation.of(config, 1) : config.toYaml());
                return ExitCode.OK;
            }
            if (debug && LoggerFactory.getLogger("io.livepatch") instanceof Logger logger) {
                logger.setLevel(Level.DEBUG);
            }
            return SupervisorProgram.run(file, config, diagnostics, shutdown);
        } catch (ConfigException | SupervisorException e) {
            command.commandLine().getErr().println("supervisor: " + e.getMessage());
            return ExitCode.USAGE;
        }
    }

    private int report(SupervisorConfig config, List<Diagnostic> diagnostics, boolean usable) {
        PrintWriter err = command.commandLine().getErr();
        diagnostics.forEach(err::println);
        if (!usable) {
            err.println("supervisor: '%s' cannot be used; correct the errors above".formatted(file));
            return ExitCode.USAGE;
        }
        int workers =
                config.pools().stream().mapToInt(pool -> pool.spec().replicas()).sum();
        print("'%s' can be used: %s with %s, %s%n"
                .formatted(
                        file,
                        count(config.pools().size(), "pool"),
                        count(workers, "worker"),
                        count(diagnostics.size(), "remark")));
        return ExitCode.OK;
    }

    private static String count(int number, String thing) {
        return number == 1 ? "1 " + thing : "%d %ss".formatted(number, thing);
    }

    private void print(String text) {
        command.commandLine().getOut().print(text);
        command.commandLine().getOut().flush();
    }
}
