package io.livepatch.fleet.client;

import io.livepatch.common.cli.UsageErrors;
import io.livepatch.common.cli.Version;
import io.livepatch.fleet.protocol.LivepatchException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The program {@code livepatch-client}: its commands, and the exit codes of failures. */
@Command(
        name = "livepatch-client",
        description = "Downloads the kernel live patch for this machine and has it applied.",
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
public final class Main {
    static final int OK = 0;
    static final int FAILED = 1;
    static final int USAGE = 2;
    static final int NOT_REACHED = 3;

    private Main() {}

    /** Runs one command; the exit code is 0, 1 refused or failed, 2 wrong usage, 3 server not reached. */
    public static void main(String[] arguments) {
        System.exit(commandLine(ClientContext.ofProcess()).execute(arguments));
    }

    static CommandLine commandLine(ClientContext clientContext) {
        CommandLine line = new CommandLine(new Main());
        line.addSubcommand(new ClientConfigCommand(clientContext));
        line.addSubcommand(new EnableCommand(clientContext));
        line.addSubcommand(new RefreshCommand(clientContext));
        line.addSubcommand(new ClientStatusCommand(clientContext));
        line.addSubcommand(new DisableCommand(clientContext));
        // "@stdin" is a value, not a file of arguments.
        line.setExpandAtFiles(false);
        line.setOut(clientContext.out());
        line.setErr(clientContext.err());
        line.setParameterExceptionHandler(new UsageErrors(Set.of("disable")));
        line.setExecutionExceptionHandler((e, command, parsed) -> report(e, clientContext));
        return line;
    }

    private static int report(Exception failure, ClientContext clientContext) throws Exception {
        String remedy = failure instanceof LivepatchException.Untrusted
                ? "; if the server has got a new CA, run livepatch-client config ca-certs=FILE with the one from its operator"
                : "";
        clientContext.error(failure.getMessage() + remedy);
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

    /** {@code livepatch-client disable}. */
    @Command(
            name = "disable",
            description = "Deletes this machine at the server and its token here.",
            mixinStandardHelpOptions = true)
    private static final class DisableCommand implements Callable<Integer> {
        private final ClientContext clientContext;

        @Option(names = "--force", description = "deletes the token even if the server cannot be reached")
        boolean force;

        DisableCommand(ClientContext clientContext) {
            this.clientContext = clientContext;
        }

        @Override
        public Integer call() {
            try (ClientDirectory home = clientContext.openDirectory()) {
                ClientState state = home.read();
                ClientState.Enrolled enrolled = state.enrolled().orElseThrow(ClientException::notEnabled);
                try (ClientContext.Connection connection = clientContext.connect(state)) {
                    connection.client().leave(enrolled.credentials());
                } catch (LivepatchException.Refused e) {
                    // The server does not know the machine any more, so the command succeeds.
                    clientContext.error(String.valueOf(e.getMessage()));
                } catch (LivepatchException e) {
                    if (!force) {
                        throw e;
                    }
                    clientContext.error("the machine is not deleted at the server: " + e.getMessage());
                }
                home.write(state.withEnrolled(Optional.empty(), state.overrides()));
            }
            clientContext.out().println("disabled; applied patches stay, their files are in 'patches/'");
            return OK;
        }
    }
}
