package io.livepatch.charm.cli;

import io.livepatch.charm.status.StatusTable;
import io.livepatch.charm.wire.ControllerRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(name = "actions", mixinStandardHelpOptions = true, description = "Lists the actions of an application.")
final class ActionsCommand implements Callable<Integer> {
    private final ControllerClient client;

    @Parameters(index = "0", paramLabel = "APPLICATION")
    private String application = "";

    @Option(names = "--format", description = "${COMPLETION-CANDIDATES}; default ${DEFAULT-VALUE}")
    private Format format = Format.tabular;

    ActionsCommand(ControllerClient client) {
        this.client = client;
    }

    @Override
    public Integer call() {
        JsonNode actions = client.look(new ControllerRequest.ListActions(application));
        if (format != Format.tabular) {
            client.out().print(format.print(actions));
            return 0;
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("Action", "Description"));
        actions.forEachEntry((name, action) ->
                rows.add(List.of(name, action.path("description").asString())));
        client.out().print(StatusTable.columns(rows));
        return 0;
    }
}
