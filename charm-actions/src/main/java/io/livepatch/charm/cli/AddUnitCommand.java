package io.livepatch.charm.cli;

import io.livepatch.charm.wire.Request;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(name = "add-unit", mixinStandardHelpOptions = true, description = "Gives an application more units.")
final class AddUnitCommand implements Callable<Integer> {
    private final CliContext cliContext;

    @Parameters(index = "0", paramLabel = "APPLICATION")
    private String application = "";

    @Option(
            names = {"-n", "--num-units"},
            paramLabel = "N",
            description = "how many more; default ${DEFAULT-VALUE}")
    private int count = 1;

    AddUnitCommand(CliContext cliContext) {
        this.cliContext = cliContext;
    }

    @Override
    public Integer call() {
        JsonNode added = cliContext.ask(new Request.AddUnits(application, count));
        cliContext.out().println("adding " + RemoveUnitCommand.list(added) + "; juju wait-for shows how it comes up");
        return 0;
    }
}
