package io.livepatch.fleet.client;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code livepatch-client refresh}. */
@Command(
        name = "refresh",
        description = "Asks the server which patch to run, fetches it, and has it applied.",
        mixinStandardHelpOptions = true)
final class RefreshCommand implements Callable<Integer> {
    private final ClientContext clientContext;

    @Option(
            names = "--apply-command",
            paramLabel = "CMD",
            description = "run by a shell with the patch's file as last argument; exit 0 means it is applied")
    Optional<String> apply = Optional.empty();

    @Option(
            names = "--unapply-command",
            paramLabel = "CMD",
            description = "the same when a patch is withdrawn; exit 0 means it is gone")
    Optional<String> unapply = Optional.empty();

    @Option(
            names = "--command-timeout",
            paramLabel = "SECONDS",
            defaultValue = "900",
            description = "end those commands after so long (default: ${DEFAULT-VALUE})")
    int timeout;

    @Mixin
    MachineOptions options = new MachineOptions();

    RefreshCommand(ClientContext clientContext) {
        this.clientContext = clientContext;
    }

    @Override
    public Integer call() {
        try (ClientDirectory home = ClientDirectory.open(ClientDirectory.directory(clientContext.environment()))) {
            ClientState state = home.read();
            if (state.enrolled().isEmpty()) {
                throw ClientException.notEnabled();
            }
            try (ServerConnection serverConnection = ServerConnection.open(state, clientContext)) {
                return new Refresh(clientContext, home, serverConnection.client(), state, options.said())
                        .run(apply.map(this::command), unapply.map(this::command));
            }
        }
    }

    private PatchCommand command(String line) {
        return new PatchCommand(line, Duration.ofSeconds(timeout));
    }
}
