package io.livepatch.charm.cli;

import io.livepatch.charm.wire.Request;
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
    private final CliContext cliContext;

    @Mixin
    private Confirmation confirmation = new Confirmation();

    @Parameters(index = "0", paramLabel = "APPLICATION")
    private String application = "";

    RemoveApplicationCommand(CliContext cliContext) {
        this.cliContext = cliContext;
    }

    @Override
    public Integer call() {
        if (!confirmation.needless()) {
            // A controller that runs refuses an application that does not exist here, before the question.
            String holdings = cliContext
                    .askRunning(new Request.Holdings(List.of(), Optional.of(application)))
                    .map(Confirmation::text)
                    .orElseGet(() -> {
                        cliContext.requireDeployed();
                        return Confirmation.STOPPED;
                    });
            confirmation.require(
                    cliContext,
                    "this stops all units of '" + application + "' and deletes their data, keys and certificates",
                    holdings);
        }
        cliContext.ask(new Request.RemoveApplication(application));
        cliContext.out().println("removing " + application + "; juju status shows how far it is");
        return 0;
    }
}
