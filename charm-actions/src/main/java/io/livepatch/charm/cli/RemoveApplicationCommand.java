package io.livepatch.charm.cli;

import io.livepatch.charm.wire.ControllerRequest;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "remove-application",
        mixinStandardHelpOptions = true,
        description = "Stops an application and deletes its data, after it has asked.")
final class RemoveApplicationCommand implements Callable<Integer> {
    private final ControllerClient client;

    @Mixin
    private DeletionPrompt confirmation = new DeletionPrompt();

    @Parameters(index = "0", paramLabel = "APPLICATION")
    private String application = "";

    RemoveApplicationCommand(ControllerClient client) {
        this.client = client;
    }

    @Override
    public Integer call() {
        if (!confirmation.needless()) {
            // A controller that runs refuses an application that does not exist here, before the question.
            String holdings = client.askRunning(new ControllerRequest.Holdings(List.of(), Optional.of(application)))
                    .map(DeletionPrompt::text)
                    .orElseGet(() -> {
                        client.requireDeployed();
                        return DeletionPrompt.STOPPED;
                    });
            confirmation.require(
                    client,
                    "this stops all units of '" + application + "' and deletes their data, keys and certificates",
                    holdings);
        }
        client.ask(new ControllerRequest.RemoveApplication(application));
        client.out().println("removing " + application + "; juju status shows how far it is");
        return 0;
    }
}
