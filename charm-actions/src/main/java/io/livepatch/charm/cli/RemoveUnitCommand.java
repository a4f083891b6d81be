package io.livepatch.charm.cli;

import io.livepatch.charm.wire.ControllerRequest;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
        name = "remove-unit",
        mixinStandardHelpOptions = true,
        description = "Stops units and deletes their data; asks where that is nowhere else.")
final class RemoveUnitCommand implements Callable<Integer> {
    private final ControllerClient client;

    @Mixin
    private DeletionPrompt confirmation = new DeletionPrompt();

    @Parameters(
            arity = "1..*",
            paramLabel = "UNIT",
            description = "application/number; all of them, or none when one is unknown")
    private List<String> units = List.of();

    RemoveUnitCommand(ControllerClient client) {
        this.client = client;
    }

    @Override
    public Integer call() {
        if (!confirmation.needless()) {
            confirm();
        }
        JsonNode going = client.ask(new ControllerRequest.RemoveUnits(units));
        client.out()
                .println(
                        going.isEmpty()
                                ? "nothing to do: " + String.join(", ", units) + " is being removed already"
                                : "removing " + list(going) + "; juju status shows how far it is");
        return 0;
    }

    private void confirm() {
        Optional<JsonNode> holdings = client.askRunning(new ControllerRequest.Holdings(units, Optional.empty()));
        if (holdings.isEmpty()) {
            client.requireDeployed();
            confirmation.require(
                    client,
                    "this starts the stopped model and deletes the data of " + String.join(", ", units)
                            + ", which may be nowhere else",
                    DeletionPrompt.STOPPED);
        } else if (!holdings.get().path("data").isEmpty()) {
            confirmation.require(
                    client,
                    "this deletes the data of " + list(holdings.get().path("data")) + ", which is nowhere else",
                    DeletionPrompt.text(holdings.get()));
        }
    }

    static String list(JsonNode units) {
        return units.valueStream().map(JsonNode::asString).collect(Collectors.joining(", "));
    }
}
