package io.livepatch.charm.cli;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.Suggestion;
import io.livepatch.supervisor.SupervisorException;
import java.io.Console;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;

/** Runs one command line. Exit codes: 0 success, 1 failure, 2 invalid command line, 3 the model is stopped. */
@CommandLine.Command(
        name = "juju",
        mixinStandardHelpOptions = true,
        description = "Runs charms on this machine, with Juju's commands.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {"", "State is kept in $LIVEPATCH_HOME. Start with: juju deploy livepatch; juju wait-for; juju status"
        })
public final class Cli implements Runnable {
    /**
     * The commands that are suggested for a misspelt one. None of them deletes data or stops units, because suggestions are copied
     * without a second look.
     */
    private static final List<String> SUGGESTED = List.of(
            "deploy",
            "status",
            "add-unit",
            "refresh",
            "integrate",
            "relate",
            "config",
            "run",
            "run-action",
            "actions",
            "show-task",
            "show-unit",
            "debug-log",
            "wait-for");

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    private Cli() {}

    /** Runs a command line and returns the exit code. Confirmations are requested if the process has a terminal. */
    public static int run(
            Map<String, String> environment, InputStream in, PrintStream out, PrintStream err, String... arguments) {
        boolean terminal = Optional.ofNullable(System.console())
                .filter(Console::isTerminal)
                .isPresent();
        return run(environment, terminal, in, out, err, arguments);
    }

    /** Runs a command line, with or without a terminal on {@code err} and {@code in} for confirmations. */
    public static int run(
            Map<String, String> environment,
            boolean terminal,
            InputStream in,
            PrintStream out,
            PrintStream err,
            String... arguments) {
        // Otherwise output is in the encoding of the locale, which may lack '✘' and '…'.
        PrintStream utf8Out = new PrintStream(out, true, StandardCharsets.UTF_8);
        PrintStream utf8Err = new PrintStream(err, true, StandardCharsets.UTF_8);
        ControllerClient client = new ControllerClient(environment, terminal, in, utf8Out, utf8Err);
        CommandLine line = new CommandLine(new Cli())
                .setOut(new PrintWriter(utf8Out, true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(utf8Err, true, StandardCharsets.UTF_8))
                // In `key=@-` the @ means a value from standard input, not a file with arguments.
                .setExpandAtFiles(false)
                .setParameterExceptionHandler((e, _) -> wrong(e, utf8Err))
                .setExecutionExceptionHandler((e, _, _) -> failed(e, utf8Err));
        commands(client).forEach(line::addSubcommand);
        return line.execute(arguments);
    }

    private static int wrong(CommandLine.ParameterException problem, PrintStream err) {
        err.println("juju: " + problem.getMessage());
        if (problem instanceof CommandLine.UnmatchedArgumentException unmatched
                && !unmatched.getUnmatched().isEmpty()
                && problem.getCommandLine().getParent() == null) {
            err.print(Suggestion.nearest(unmatched.getUnmatched().getFirst(), SUGGESTED)
                    .map(command -> "did you mean '" + command + "'?\n")
                    .orElse(""));
        }
        CommandLine line = problem.getCommandLine();
        err.println("usage: " + line.getHelp().synopsis(0).strip() + "\njuju --help lists all commands; "
                + "juju COMMAND --help describes one");
        return CliException.USAGE;
    }

    private static int failed(Exception problem, PrintStream err) throws Exception {
        return switch (problem) {
            case CliException e -> report(err, e, e.exit());
            case CharmException.Invalid e -> report(err, e, CliException.USAGE);
            case CharmException e -> report(err, e, CliException.FAILED);
            case SupervisorException e -> report(err, e, CliException.FAILED);
            case UncheckedIOException e -> report(err, e, CliException.FAILED);
            default -> throw problem;
        };
    }

    private static int report(PrintStream err, Exception problem, int exit) {
        err.println("juju: " + problem.getMessage());
        return exit;
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "name a command");
    }

    private static List<Object> commands(ControllerClient client) {
        ViewCommands views = new ViewCommands(client);
        ChangeCommands changes = new ChangeCommands(client);
        ControllerCommands controllers = new ControllerCommands(client);
        return List.of(
                new DeployCommand(client),
                views.new Status(),
                changes.new Refresh(),
                changes.new AddUnit(),
                changes.new RemoveUnit(),
                changes.new Integrate(),
                new CharmConfigCommand(client),
                changes.new Run(),
                views.new Actions(),
                views.new ShowTask(),
                changes.new CancelTask(),
                views.new ShowUnit(),
                views.new DebugLog(),
                controllers.new WaitFor(),
                controllers.new Metrics(),
                changes.new RemoveApplication(),
                controllers.new DestroyModel(),
                controllers.new UpgradeController(),
                controllers.new UpgradeSupervisor(),
                controllers.new Shutdown());
    }
}
