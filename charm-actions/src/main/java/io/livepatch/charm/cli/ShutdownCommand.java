package io.livepatch.charm.cli;

import io.livepatch.charm.wire.Request;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

@Command(
        name = "shutdown",
        mixinStandardHelpOptions = true,
        description = "Stops all units and the controller; the model and its data stay, any command brings them back.")
final class ShutdownCommand implements Callable<Integer> {
    private final CliContext cliContext;

    ShutdownCommand(CliContext cliContext) {
        this.cliContext = cliContext;
    }

    @Override
    public Integer call() {
        boolean ran = cliContext.askToEnd(new Request.Shutdown()).isPresent();
        cliContext.out().println(ran ? "stopped" : "nothing to do: the controller does not run");
        return 0;
    }
}
