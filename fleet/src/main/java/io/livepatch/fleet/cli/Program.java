package io.livepatch.fleet.cli;

import io.livepatch.common.cli.Version;
import io.livepatch.common.config.ConfigException;
import io.livepatch.common.config.GoDuration;
import io.livepatch.fleet.replica.ReplicaException;
import java.io.UncheckedIOException;
import java.time.Duration;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The tree of commands, and the one place where an exception becomes an exit code. */
@Command(
        name = "fleet",
        description = "Puts the load of many simulated machines on a livepatch server, and judges what it saw.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:every threshold held",
            "1:one did not hold, or a gate's command failed",
            "2:wrong usage, or a file that is wrong",
            "3:it could not run"
        })
final class Program {
    static final int HELD = 0;
    static final int BROKEN = 1;
    static final int USAGE = 2;
    static final int FAILED = 3;

    private Program() {}

    static CommandLine commandLine(CliContext cliContext) {
        CommandLine line = new CommandLine(new Program());
        line.addSubcommand(new RunCommand(cliContext));
        line.addSubcommand(new GateCommand(cliContext));
        line.addSubcommand(new ServeCommand(cliContext));
        line.addSubcommand(new ReportCommand(cliContext));
        line.setExpandAtFiles(false);
        line.registerConverter(Duration.class, GoDuration::parse);
        line.setOut(cliContext.out());
        line.setErr(cliContext.err());
        line.setExecutionExceptionHandler((e, command, parsed) -> complain(e, cliContext));
        return line;
    }

    private static int complain(Exception failure, CliContext cliContext) throws Exception {
        int code = switch (failure) {
            case ConfigException e -> USAGE;
            case IllegalArgumentException e -> USAGE;
            case ReplicaException e -> FAILED;
            case UncheckedIOException e -> FAILED;
            default -> throw failure;
        };
        cliContext.err().println("fleet: " + failure.getMessage());
        cliContext.err().flush();
        return code;
    }
}
