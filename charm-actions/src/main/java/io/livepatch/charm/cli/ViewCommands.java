package io.livepatch.charm.cli;

import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.api.UnitStatus;
import io.livepatch.charm.cli.ControllerClient.Format;
import io.livepatch.charm.model.Model;
import io.livepatch.charm.status.ModelStatus;
import io.livepatch.charm.status.StatusTable;
import io.livepatch.charm.wire.ControllerRequest;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** The commands that only show: the model, a unit, actions and the log. None starts a stopped controller. */
final class ViewCommands {
    private final ControllerClient client;

    ViewCommands(ControllerClient client) {
        this.client = client;
    }

    @Command(
            name = "status",
            mixinStandardHelpOptions = true,
            description = "Shows the model, its applications and units.")
    final class Status implements Callable<Integer> {
        @Option(names = "--format", description = "${COMPLETION-CANDIDATES}; default ${DEFAULT-VALUE}")
        private Format format = Format.tabular;

        @Option(names = "--relations", description = "also shows relations in tables")
        private boolean relations;

        /** A controller that was killed is back by then, as a rule. */
        private static final Duration PATIENCE = Duration.ofSeconds(3);

        @Override
        public Integer call() {
            try {
                // The controller makes the table, since it has compiled that code already.
                Optional<JsonNode> running = client.requestRunning(
                        new ControllerRequest.Status(format == Format.tabular, relations), PATIENCE);
                if (running.isEmpty()) {
                    return printStored("stopped", client.stoppedText(), CliException.STOPPED);
                }
                client.print(format == Format.tabular ? running.get().asString() : format.print(running.get()));
                return 0;
            } catch (CliException e) {
                if (!e.isAway()) {
                    throw e;
                }
                return printStored("controller away", String.valueOf(e.getMessage()), CliException.FAILED);
            }
        }

        /** Prints the stored model, and returns the exit code; success if nothing was deployed. */
        private int printStored(String unitMessage, String message, int exit) {
            Optional<Model> stored = client.stored();
            ModelStatus status = stored(stored, unitMessage, message);
            client.print(
                    format == Format.tabular
                            ? StatusTable.render(status, relations)
                            : format.print(ControllerRequest.JSON.valueToTree(status)));
            return stored.filter(model -> !model.isEmpty()).isPresent() ? exit : 0;
        }

        /** The status of the stored model without a controller; empty if nothing was deployed. */
        private ModelStatus stored(Optional<Model> stored, String unitMessage, String message) {
            Instant since = stored.isPresent() ? written(client.home().model()) : Instant.EPOCH;
            ModelStatus.Health stopped =
                    ModelStatus.Health.of(new UnitStatus(UnitStatus.Kind.UNKNOWN, unitMessage), since);
            ModelStatus.Health lost = new ModelStatus.Health("lost", Optional.empty(), since);
            Map<String, ModelStatus.ApplicationStatus> applications = new LinkedHashMap<>();
            List<ModelStatus.RelationStatus> pairs = new ArrayList<>();
            stored.ifPresent(model -> {
                model.applications().forEach((name, app) -> {
                    Map<String, ModelStatus.UnitView> units = new LinkedHashMap<>();
                    app.units().forEach((number, unit) -> {
                        UnitName unitName = new UnitName(name, number);
                        boolean leader =
                                model.leader(name).filter(unitName::equals).isPresent();
                        units.put(
                                unitName.toString(),
                                new ModelStatus.UnitView(
                                        stopped,
                                        lost,
                                        leader,
                                        unit.address(),
                                        List.of(),
                                        unit.revision().release()));
                    });
                    applications.put(
                            name,
                            new ModelStatus.ApplicationStatus(
                                    app.charm(),
                                    app.revision().number(),
                                    app.revision().release(),
                                    Optional.empty(),
                                    stopped,
                                    units));
                });
                model.relations()
                        .forEach((id, it) -> pairs.add(new ModelStatus.RelationStatus(
                                id, it.provider().toString(), it.requirer().toString(), it.protocol())));
            });
            return new ModelStatus(
                    new ModelStatus.ModelInfo(
                            "local",
                            "localhost",
                            "",
                            client.home().toString(),
                            applications.isEmpty() ? Optional.empty() : Optional.of(message)),
                    applications,
                    pairs);
        }

        private static Instant written(Path file) {
            try {
                return Files.getLastModifiedTime(file).toInstant();
            } catch (IOException e) {
                throw new UncheckedIOException("cannot read '" + file + "': " + e.getMessage(), e);
            }
        }
    }

    @Command(
            name = "show-unit",
            mixinStandardHelpOptions = true,
            description = "Shows a unit: address, relations, directories.")
    final class ShowUnit implements Callable<Integer> {
        @Parameters(index = "0", paramLabel = "UNIT")
        private String unit = "";

        @Option(names = "--format", description = "yaml or json; default ${DEFAULT-VALUE}")
        private Format format = Format.yaml;

        @Override
        public Integer call() {
            client.print(format.print(client.query(new ControllerRequest.ShowUnit(unit))));
            return 0;
        }
    }

    @Command(
            name = "show-task",
            mixinStandardHelpOptions = true,
            description = "Shows an action that runs or has run: its status, what it waits for, its results.")
    final class ShowTask implements Callable<Integer> {
        @Parameters(index = "0", paramLabel = "ID", description = "the number that 'juju run' printed")
        private int id;

        @Option(names = "--format", description = "yaml or json; default ${DEFAULT-VALUE}")
        private Format format = Format.yaml;

        @Override
        public Integer call() {
            client.print(format.print(client.query(new ControllerRequest.ShowTask(id))));
            return 0;
        }
    }

    @Command(name = "actions", mixinStandardHelpOptions = true, description = "Lists the actions of an application.")
    final class Actions implements Callable<Integer> {
        @Parameters(index = "0", paramLabel = "APPLICATION")
        private String application = "";

        @Option(names = "--format", description = "${COMPLETION-CANDIDATES}; default ${DEFAULT-VALUE}")
        private Format format = Format.tabular;

        @Override
        public Integer call() {
            JsonNode actions = client.query(new ControllerRequest.ListActions(application));
            if (format != Format.tabular) {
                client.print(format.print(actions));
                return 0;
            }
            List<List<String>> rows = new ArrayList<>();
            rows.add(List.of("Action", "Description"));
            actions.forEachEntry((name, action) ->
                    rows.add(List.of(name, action.path("description").asString())));
            client.print(StatusTable.columns(rows));
            return 0;
        }
    }

    @Command(
            name = "debug-log",
            mixinStandardHelpOptions = true,
            description = "Shows the log of the controller and the charms, also while the controller is stopped.")
    final class DebugLog implements Callable<Integer> {
        private static final long POLL_MILLIS = 250;

        @Option(
                names = {"-i", "--include"},
                paramLabel = "UNIT",
                description = "only this unit; may be repeated")
        private List<String> include = List.of();

        @Option(
                names = {"-n", "--lines"},
                description = "the number of last lines; default ${DEFAULT-VALUE}")
        private int lines = 20;

        @Option(names = "--tail", negatable = true, description = "follows the log; --no-tail ends after the last line")
        private boolean tail;

        @Override
        public Integer call() throws InterruptedException {
            Path log = client.home().debugLog();
            if (!Files.exists(log)) {
                throw CliException.failed("there is no log in " + client.home() + "; nothing was deployed yet");
            }
            try (BufferedReader reader = Files.newBufferedReader(log)) {
                Deque<String> last = new ArrayDeque<>();
                for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                    if (included(line)) {
                        last.add(line);
                        if (last.size() > lines) {
                            last.remove();
                        }
                    }
                }
                last.forEach(client.out()::println);
                if (tail) {
                    follow(reader);
                }
            } catch (IOException e) {
                throw new UncheckedIOException("cannot read '" + log + "': " + e.getMessage(), e);
            }
            return 0;
        }

        private void follow(BufferedReader reader) throws IOException, InterruptedException {
            while (!client.out().checkError()) {
                String line = reader.readLine();
                if (line == null) {
                    client.out().flush();
                    Thread.sleep(POLL_MILLIS);
                } else if (included(line)) {
                    client.println(line);
                }
            }
        }

        private boolean included(String line) {
            return include.isEmpty()
                    || include.stream().anyMatch(unit -> line.startsWith("unit-" + unit.replace('/', '-') + ":"));
        }
    }
}
