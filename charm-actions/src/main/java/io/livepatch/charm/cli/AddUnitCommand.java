package io.livepatch.charm.cli;

import io.livepatch.charm.wire.ControllerRequest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(name = "add-unit", mixinStandardHelpOptions = true, description = "Gives an application more units.")
final class AddUnitCommand implements Callable<Integer> {
    private final ControllerClient client;

    @Parameters(index = "0", paramLabel = "APPLICATION")
    private String application = "";

    @Option(
            names = {"-n", "--num-units"},
            paramLabel = "N",
            description = "how many more; default ${DEFAULT-VALUE}")
    private int count = 1;

    AddUnitCommand(ControllerClient client) {
        this.client = client;
    }

    @Override
    public Integer call() {
        JsonNode added = client.ask(new ControllerRequest.AddUnits(application, count));
        client.out().println("adding " + RemoveUnitCommand.list(added) + "; juju wait-for shows how it comes up");
        return 0;
    }
}
