package io.livepatch.charm.cli;

import io.livepatch.charm.status.ModelStatus;
import io.livepatch.charm.status.Tabular;
import io.livepatch.charm.wire.Home;
import io.livepatch.charm.wire.Request;
import io.livepatch.charm.wire.Wire;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

@Command(name = "status", mixinStandardHelpOptions = true, description = "Shows the model, its applications and units.")
final class StatusCommand implements Callable<Integer> {
    private final Session session;

    @Option(names = "--format", description = "${COMPLETION-CANDIDATES}; default ${DEFAULT-VALUE}")
    private Format format = Format.tabular;

    @Option(names = "--relations", description = "also shows relations in the tables")
    private boolean relations;

    StatusCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        Home home = session.home();
        // To look at nothing is no reason to start anything.
        JsonNode status = Files.exists(home.model())
                ? session.ask(new Request.Status())
                : Wire.JSON.valueToTree(new ModelStatus(
                        new ModelStatus.ModelInfo("local", "localhost", "", home.toString(), Optional.empty()),
                        Map.of(),
                        List.of()));
        session.out()
                .print(
                        format == Format.tabular
                                ? Tabular.render(Wire.JSON.treeToValue(status, ModelStatus.class), relations)
                                : format.print(status));
        return 0;
    }
}
