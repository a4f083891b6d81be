package io.livepatch.charm.cli;

import io.livepatch.charm.wire.ControllerRequest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "integrate",
        aliases = "relate",
        mixinStandardHelpOptions = true,
        description = "Relates two applications, by the endpoints that fit or those that are named.")
final class IntegrateCommand implements Callable<Integer> {
    private final ControllerClient client;

    @Parameters(index = "0", paramLabel = "APPLICATION[:ENDPOINT]")
    private String one = "";

    @Parameters(index = "1", paramLabel = "APPLICATION[:ENDPOINT]")
    private String other = "";

    IntegrateCommand(ControllerClient client) {
        this.client = client;
    }

    @Override
    public Integer call() {
        boolean changed = client.ask(new ControllerRequest.Integrate(one, other))
                .path("changed")
                .asBoolean();
        client.out().println(changed ? "related " + one + " and " + other : "nothing to do: they are related already");
        return 0;
    }
}
