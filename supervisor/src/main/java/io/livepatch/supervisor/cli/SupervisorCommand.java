package io.livepatch.supervisor.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.livepatch.common.cli.Version;
import io.livepatch.common.config.ConfigException;
import io.livepatch.supervisor.SupervisorException;
import io.livepatch.supervisor.config.Diagnostic;
import io.livepatch.supervisor.config.EffectiveConfig;
import io.livepatch.supervisor.config.Explain;
import io.livepatch.supervisor.config.SupervisorConfig;
import io.livepatch.supervisor.config.SupervisorFile;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "supervisor",
        versionProvider = Version.class,
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Keeps pools of N workers of one command alive, and recycles them without a dip.",
        footer = {
            "",
            "TERM or INT ends everything in order, a second one at once; HUP reads the file anew.",
            "Exit code: 0 ended in order, 1 a defect, 2 wrong usage or configuration, 3 workers were given up, 4 workers had to be killed."
        })
final class SupervisorCommand implements Callable<Integer> {

    @Spec
    private CommandSpec command;

    @Option(
            names = {"-c", "--config"},
            required = true,
            paramLabel = "FILE",
            description = "What to run: YAML, with Monoceros' keys and more.")
    private Path file;

    @Option(
            names = {"-k", "--validate"},
            description = "Check the file and its maths, and end.")
    private boolean validate;

    @Option(names = "--explain", description = "Print when workers are recycled and how bad it may get, and end.")
    private boolean explain;

    @Option(names = "--print-config", description = "Print the file with all defaults filled in, and end.")
    private boolean print;

    @Option(
            names = {"-d", "--debug"},
            description = "Log every step of the engine as well.")
    private boolean debug;

    private final ShutdownRequest signal;

    @SuppressWarnings("NullAway.Init") // picocli fills what it parses
    SupervisorCommand(ShutdownRequest signal) {
        this.signal = signal;
    }

    @Override
    public Integer call() {
        try {
            SupervisorConfig config = SupervisorFile.read(file);
            List<Diagnostic> diagnostics = PoolRegistry.look(config);
            boolean usable =
                    diagnostics.stream().noneMatch(diagnostic -> diagnostic.severity() == Diagnostic.Severity.ERROR);
            if (!usable || validate) {
                return report(config, diagnostics, usable);
            }
            if (explain || print) {
                say(explain ? Explain.of(config, 1) : EffectiveConfig.print(config));
                return ExitCode.WELL;
            }
            if (debug && LoggerFactory.getLogger("io.livepatch") instanceof Logger ours) {
                ours.setLevel(Level.DEBUG);
            }
            return SupervisorProgram.run(file, config, diagnostics, signal);
        } catch (ConfigException | SupervisorException e) {
            command.commandLine().getErr().println("supervisor: " + e.getMessage());
            return ExitCode.USAGE;
        }
    }

    private int report(SupervisorConfig config, List<Diagnostic> diagnostics, boolean usable) {
        PrintWriter err = command.commandLine().getErr();
        diagnostics.forEach(err::println);
        if (!usable) {
            err.println("supervisor: '%s' cannot be used; mend the errors above".formatted(file));
            return ExitCode.USAGE;
        }
        int workers =
                config.pools().stream().mapToInt(pool -> pool.spec().replicas()).sum();
        say("'%s' can be used: %s with %s, %s%n"
                .formatted(
                        file,
                        count(config.pools().size(), "pool"),
                        count(workers, "worker"),
                        count(diagnostics.size(), "remark")));
        return ExitCode.WELL;
    }

    private static String count(int number, String thing) {
        return number == 1 ? "1 " + thing : "%d %ss".formatted(number, thing);
    }

    private void say(String text) {
        command.commandLine().getOut().print(text);
        command.commandLine().getOut().flush();
    }
}
