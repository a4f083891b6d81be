package io.livepatch.fleet.client;

import io.livepatch.fleet.protocol.LivepatchException;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code livepatch-client disable}. */
@Command(
        name = "disable",
        description = "Takes this machine out of the server's books and forgets its token.",
        mixinStandardHelpOptions = true)
final class DisableCommand implements Callable<Integer> {
    private final ClientContext clientContext;

    @Option(names = "--force", description = "forget the token even if the server cannot be told")
    boolean force;

    DisableCommand(ClientContext clientContext) {
        this.clientContext = clientContext;
    }

    @Override
    public Integer call() {
        try (ClientDirectory home = ClientDirectory.open(ClientDirectory.directory(clientContext.environment()))) {
            ClientState state = home.read();
            ClientState.Enrolled enrolled = state.enrolled().orElseThrow(ClientException::notEnabled);
            try (ServerConnection serverConnection = ServerConnection.open(state, clientContext)) {
                serverConnection.client().leave(enrolled.credentials());
            } catch (LivepatchException.Refused e) {
                // It knows the machine no more, which is what was wanted; a person may still like to hear it.
                clientContext.err().println("livepatch-client: " + e.getMessage());
            } catch (LivepatchException e) {
                if (!force) {
                    throw e;
                }
                clientContext.err().println("livepatch-client: the server was not told: " + e.getMessage());
            }
            home.write(state.withEnrolled(Optional.empty(), state.overrides()));
        }
        clientContext.out().println("disabled; patches already applied stay, the files are in 'patches/'");
        return Program.OK;
    }
}
