package io.livepatch.charm.cli;

import io.livepatch.charm.wire.ControllerRequest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

@Command(
        name = "shutdown",
        mixinStandardHelpOptions = true,
        description = "Stops all units and the controller; the model and its data stay, any command brings them back.")
final class ShutdownCommand implements Callable<Integer> {
    private final ControllerClient client;

    ShutdownCommand(ControllerClient client) {
        this.client = client;
    }

    @Override
    public Integer call() {
        boolean ran = client.askToEnd(new ControllerRequest.Shutdown()).isPresent();
        client.out().println(ran ? "stopped" : "nothing to do: the controller does not run");
        return 0;
    }
}
