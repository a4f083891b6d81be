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
        description = "Checks in, downloads the offered patch and has it applied.",
        mixinStandardHelpOptions = true)
final class RefreshCommand implements Callable<Integer> {
    private final ClientContext clientContext;

    @Option(
            names = "--apply-command",
            paramLabel = "CMD",
            description = "shell command that gets the patch file as last argument; exit 0 means applied")
    Optional<String> apply = Optional.empty();

    @Option(
            names = "--unapply-command",
            paramLabel = "CMD",
            description = "the same for a withdrawn patch; exit 0 means unapplied")
    Optional<String> unapply = Optional.empty();

    @Option(
            names = "--command-timeout",
            paramLabel = "SECONDS",
            defaultValue = "900",
            description = "timeout of these commands (default: ${DEFAULT-VALUE})")
    int timeout;

    @Mixin
    MachineFacts.Options options = new MachineFacts.Options();

    RefreshCommand(ClientContext clientContext) {
        this.clientContext = clientContext;
    }

    @Override
    public Integer call() {
        try (ClientDirectory home = clientContext.openDirectory()) {
            ClientState state = home.read();
            if (state.enrolled().isEmpty()) {
                throw ClientException.notEnabled();
            }
            try (ClientContext.Connection connection = clientContext.connect(state)) {
                return new Refresh(clientContext, home, connection.client(), state, options.overrides())
                        .run(apply.map(this::command), unapply.map(this::command));
            }
        }
    }

    private PatchCommand command(String line) {
        return new PatchCommand(line, Duration.ofSeconds(timeout));
    }
}
