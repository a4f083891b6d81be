package io.livepatch.fleet.client;

import io.livepatch.common.cli.UsageErrors;
import io.livepatch.common.cli.Version;
import io.livepatch.fleet.protocol.LivepatchException;
import java.io.UncheckedIOException;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The tree of commands, and the one place where an exception becomes an exit code. */
@Command(
        name = "livepatch-client",
        description = "Fetches the kernel live patch that this machine should run.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:done", "1:refused or failed", "2:wrong usage", "3:the server was not reached"},
        footer = {
            "",
            "First steps:",
            "  livepatch-client config remote-server=https://host:8443 ca-certs=ca.pem",
            "  livepatch-client enable <token>",
            "  livepatch-client refresh"
        })
final class Program {
    static final int OK = 0;
    static final int FAILED = 1;
    static final int USAGE = 2;
    static final int NOT_REACHED = 3;

    private Program() {}

    static CommandLine commandLine(ClientContext clientContext) {
        CommandLine line = new CommandLine(new Program());
        line.addSubcommand(new ConfigCommand(clientContext));
        line.addSubcommand(new EnableCommand(clientContext));
        line.addSubcommand(new RefreshCommand(clientContext));
        line.addSubcommand(new StatusCommand(clientContext));
        line.addSubcommand(new DisableCommand(clientContext));
        // "@stdin" is a word of ours, not a file of arguments.
        line.setExpandAtFiles(false);
        line.setOut(clientContext.out());
        line.setErr(clientContext.err());
        line.setParameterExceptionHandler(new UsageErrors(Set.of("disable")));
        line.setExecutionExceptionHandler((e, command, parsed) -> report(e, clientContext));
        return line;
    }

    private static int report(Exception failure, ClientContext clientContext) throws Exception {
        clientContext.err().println("livepatch-client: " + failure.getMessage());
        clientContext.err().flush();
        return switch (failure) {
            case LivepatchException.Unreachable e -> NOT_REACHED;
            case LivepatchException.Untrusted e -> NOT_REACHED;
            case LivepatchException.Interrupted e -> NOT_REACHED;
            case LivepatchException e -> FAILED;
            case ClientException e -> FAILED;
            case UncheckedIOException e -> FAILED;
            case IllegalArgumentException e -> USAGE;
            default -> throw failure;
        };
    }
}
