package io.livepatch.charm.cli;

import io.livepatch.charm.wire.Request;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(name = "remove-unit", mixinStandardHelpOptions = true, description = "Stops units and deletes their data.")
final class RemoveUnitCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(
            arity = "1..*",
            paramLabel = "UNIT",
            description = "application/number; all of them, or none when one is unknown")
    private List<String> units = List.of();

    RemoveUnitCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        JsonNode going = session.ask(new Request.RemoveUnits(units));
        session.out()
                .println(
                        going.isEmpty()
                                ? "nothing to do: " + String.join(", ", units) + " is being removed already"
                                : "removing " + list(going) + "; juju status shows how far it is");
        return 0;
    }

    static String list(JsonNode units) {
        return units.valueStream().map(JsonNode::asString).collect(Collectors.joining(", "));
    }
}
