package io.livepatch.charm.cli;

import io.livepatch.charm.api.Suggestion;
import io.livepatch.charm.cli.ControllerClient.Format;
import io.livepatch.charm.local.Charms;
import io.livepatch.charm.model.ConfigView;
import io.livepatch.charm.model.Model;
import io.livepatch.charm.status.StatusTable;
import io.livepatch.charm.wire.ControllerRequest;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
        name = "config",
        mixinStandardHelpOptions = true,
        description =
                "Shows options or one option, or sets and resets options: all of them, or none if one is invalid.")
final class CharmConfigCommand implements Callable<Integer> {
    private final ControllerClient client;

    @Parameters(index = "0", paramLabel = "APPLICATION")
    private String application = "";

    @Parameters(
            index = "1..*",
            paramLabel = "KEY[=VALUE]",
            description = "the value @FILE is read from the file, @- from standard input")
    private List<String> keys = List.of();

    @Option(names = "--file", paramLabel = "FILE", description = "a YAML file with options to set")
    private Optional<Path> file = Optional.empty();

    @Option(names = "--reset", paramLabel = "KEY", split = ",", description = "back to the default; may be repeated")
    private List<String> reset = List.of();

    @Option(names = "--format", description = "${COMPLETION-CANDIDATES}; default ${DEFAULT-VALUE}")
    private Format format = Format.tabular;

    CharmConfigCommand(ControllerClient client) {
        this.client = client;
    }

    @Override
    public Integer call() {
        Map<String, String> set = new LinkedHashMap<>();
        ConfigArguments arguments = new ConfigArguments(client);
        file.ifPresent(path -> set.putAll(arguments.file(path, application)));
        List<String> asked = new ArrayList<>();
        for (String key : keys) {
            if (key.indexOf('=') > 0) {
                arguments.pair(key, set);
            } else {
                asked.add(key);
            }
        }
        if (!set.isEmpty() || !reset.isEmpty()) {
            boolean changed = client.request(new ControllerRequest.Configure(application, set, reset))
                    .path("changed")
                    .asBoolean();
            client.println(
                    changed
                            ? "configured " + application
                            : "nothing to do: " + application + " has this configuration already");
        }
        return !asked.isEmpty() || (set.isEmpty() && reset.isEmpty()) ? show(asked) : 0;
    }

    /** Shows the stored options if the model is stopped. */
    private int show(List<String> asked) {
        Optional<JsonNode> running = client.requestRunning(new ControllerRequest.ShowConfig(application));
        JsonNode answer = running.orElseGet(this::stored);
        JsonNode options = answer.path("settings");
        for (String key : asked) {
            if (!options.has(key)) {
                throw CliException.usage(key + ": unknown option of '" + application + "'"
                        + Suggestion.after(key, options.propertyNames()));
            }
            client.println(options.path(key).path("value").asString());
        }
        if (asked.isEmpty()) {
            client.print(format == Format.tabular ? table(options) : format.print(answer));
        }
        if (running.isEmpty()) {
            client.err().println("juju: " + client.stoppedText());
        }
        return running.isEmpty() ? CliException.STOPPED : 0;
    }

    private JsonNode stored() {
        Model model = client.stored().orElseThrow(client::stopped);
        return ControllerRequest.JSON.valueToTree(
                ConfigView.of(model, Charms.metadata(InstantSource.system()), application));
    }

    private static String table(JsonNode options) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("Option", "Value", "Source"));
        options.forEachEntry((key, option) -> rows.add(List.of(
                key,
                option.path("value").asString().lines().findFirst().orElse(""),
                option.path("source").asString())));
        return StatusTable.columns(rows);
    }
}
