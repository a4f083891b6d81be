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
    private final Session session;

    @Mixin
    private Confirmation confirmation = new Confirmation();

    @Parameters(index = "0", paramLabel = "APPLICATION")
    private String application = "";

    RemoveApplicationCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        if (!confirmation.needless()) {
            // A controller that runs refuses an application that does not exist here, before the question.
            String holdings = session.askRunning(new Request.Holdings(List.of(), Optional.of(application)))
                    .map(Confirmation::text)
                    .orElseGet(() -> {
                        session.requireDeployed();
                        return Confirmation.STOPPED;
                    });
            confirmation.require(
                    session,
                    "this stops all units of '" + application + "' and deletes their data, keys and certificates",
                    holdings);
        }
        session.ask(new Request.RemoveApplication(application));
        session.out().println("removing " + application + "; juju status shows how far it is");
        return 0;
    }
}
