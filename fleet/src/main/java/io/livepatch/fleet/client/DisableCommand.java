package io.livepatch.fleet.client;

import io.livepatch.fleet.LivepatchException;
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
    private final Surroundings surroundings;

    @Option(names = "--force", description = "forget the token even if the server cannot be told")
    boolean force;

    DisableCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
        try (Home home = Home.open(Home.directory(surroundings.environment()))) {
            ClientState state = home.read();
            ClientState.Enrolled enrolled = state.enrolled().orElseThrow(ClientFault::notEnabled);
            try (Connection connection = Connection.open(state, surroundings)) {
                connection.client().leave(enrolled.credentials());
            } catch (LivepatchException.Refused e) {
                // It knows the machine no more, which is what was wanted; a person may still like to hear it.
                surroundings.err().println("livepatch-client: " + e.getMessage());
            } catch (LivepatchException e) {
                if (!force) {
                    throw e;
                }
                surroundings.err().println("livepatch-client: the server was not told: " + e.getMessage());
            }
            home.write(state.withEnrolled(Optional.empty(), state.overrides()));
        }
        surroundings.out().println("disabled; patches already applied stay, the files are in 'patches/'");
        return Program.OK;
    }
}
