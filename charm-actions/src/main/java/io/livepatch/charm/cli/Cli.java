package io.livepatch.charm.cli;

import io.livepatch.charm.api.CharmException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import picocli.CommandLine;

/** Runs one command line. Exit codes: 0 done, 1 failed, 2 the command line itself is wrong. */
@CommandLine.Command(
        name = "juju",
        mixinStandardHelpOptions = true,
        description = "Runs charms on this machine, with Juju's words.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {"", "State is kept in $LIVEPATCH_HOME. Start with: juju deploy livepatch; juju wait-for; juju status"
        })
public final class Cli implements Runnable {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    private Cli() {}

    /** Runs it and answers its exit code. */
    public static int run(
            Map<String, String> environment, InputStream in, PrintStream out, PrintStream err, String... arguments) {
        // A terminal that is not set to UTF-8 would get question marks for every mark and dash.
        PrintStream utf8Out = new PrintStream(out, true, StandardCharsets.UTF_8);
        PrintStream utf8Err = new PrintStream(err, true, StandardCharsets.UTF_8);
        Session session = new Session(environment, in, utf8Out, utf8Err);
        CommandLine line = new CommandLine(new Cli())
                .setOut(new PrintWriter(utf8Out, true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(utf8Err, true, StandardCharsets.UTF_8))
                // `key=@-` reads a value from standard input; an argument is never the name of a file with arguments.
                .setExpandAtFiles(false)
                .setExecutionExceptionHandler((e, _, _) -> failed(e, utf8Err));
        Commands.of(session).forEach(line::addSubcommand);
        return line.execute(arguments);
    }

    private static int failed(Exception problem, PrintStream err) throws Exception {
        return switch (problem) {
            case CliException e -> say(err, e, e.exit());
            case CharmException.Invalid e -> say(err, e, CliException.USAGE);
            case CharmException e -> say(err, e, CliException.FAILED);
            case UncheckedIOException e -> say(err, e, CliException.FAILED);
            default -> throw problem;
        };
    }

    private static int say(PrintStream err, Exception problem, int exit) {
        err.println("juju: " + problem.getMessage());
        return exit;
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "name a command");
    }
}
