package io.livepatch.charm.cli;

import io.livepatch.charm.wire.Request;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "show-unit",
        mixinStandardHelpOptions = true,
        description = "Shows what is known of a unit: address, relations, where its files are.")
final class ShowUnitCommand implements Callable<Integer> {
    private final CliContext cliContext;

    @Parameters(index = "0", paramLabel = "UNIT")
    private String unit = "";

    @Option(names = "--format", description = "yaml or json; default ${DEFAULT-VALUE}")
    private Format format = Format.yaml;

    ShowUnitCommand(CliContext cliContext) {
        this.cliContext = cliContext;
    }

    @Override
    public Integer call() {
        cliContext.out().print(format.print(cliContext.look(new Request.ShowUnit(unit))));
        return 0;
    }
}
