package io.livepatch.charm.cli;

import io.livepatch.charm.wire.Request;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "remove-application",
        mixinStandardHelpOptions = true,
        description = "Stops an application and deletes its data.")
final class RemoveApplicationCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(index = "0", paramLabel = "APPLICATION")
    private String application = "";

    RemoveApplicationCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        session.ask(new Request.RemoveApplication(application));
        session.out().println("removing " + application + "; juju status shows how far it is");
        return 0;
    }
}
