package io.livepatch.charm.cli;

import io.livepatch.charm.wire.ControllerRequest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "show-unit",
        mixinStandardHelpOptions = true,
        description = "Shows what is known of a unit: address, relations, where its files are.")
final class ShowUnitCommand implements Callable<Integer> {
    private final ControllerClient client;

    @Parameters(index = "0", paramLabel = "UNIT")
    private String unit = "";

    @Option(names = "--format", description = "yaml or json; default ${DEFAULT-VALUE}")
    private Format format = Format.yaml;

    ShowUnitCommand(ControllerClient client) {
        this.client = client;
    }

    @Override
    public Integer call() {
        client.out().print(format.print(client.look(new ControllerRequest.ShowUnit(unit))));
        return 0;
    }
}
