package io.livepatch.charm.cli;

import io.livepatch.charm.status.StatusTable;
import io.livepatch.charm.wire.ControllerRequest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
        name = "run",
        aliases = "run-action",
        mixinStandardHelpOptions = true,
        description = "Runs an action on a unit and waits for what it answers.")
final class RunCommand implements Callable<Integer> {
    private final ControllerClient client;

    @Parameters(index = "0", paramLabel = "UNIT", description = "application/number, or application/leader")
    private String unit = "";

    @Parameters(index = "1", paramLabel = "ACTION")
    private String action = "";

    @Parameters(
            index = "2..*",
            paramLabel = "KEY=VALUE",
            description = "parameters; the value @- is read from standard input")
    private List<String> parameters = List.of();

    @Option(names = "--format", description = "${COMPLETION-CANDIDATES}; default ${DEFAULT-VALUE}")
    private Format format = Format.tabular;

    @Option(names = "--wait", hidden = true, description = "as Juju 2.9 needs it; it always waits here")
    @SuppressWarnings("UnusedVariable") // it always waits; accepted because scripts written for Juju 2.9 say it
    private boolean waits;

    RunCommand(ControllerClient client) {
        this.client = client;
    }

    @Override
    public Integer call() {
        Map<String, String> given = new LinkedHashMap<>();
        for (String parameter : parameters) {
            if (parameter.indexOf('=') <= 0) {
                throw CliException.usage("'" + parameter + "' is not key=value");
            }
            int equals = parameter.indexOf('=');
            given.put(parameter.substring(0, equals), client.value(parameter.substring(equals + 1)));
        }
        JsonNode answer = client.ask(new ControllerRequest.Run(unit, action, given));
        JsonNode task = answer.properties().iterator().next().getValue();
        boolean done = task.path("status").asString().equals("completed");
        if (format != Format.tabular) {
            client.out().print(format.print(answer));
        } else if (done) {
            Map<String, String> results = new LinkedHashMap<>();
            task.path("results").forEachEntry((key, value) -> results.put(key, value.asString()));
            client.out().print(StatusTable.pairs(results));
        }
        if (!done) {
            throw CliException.failed("action '" + action + "' failed on " + unit + ": "
                    + task.path("message").asString());
        }
        return 0;
    }
}
