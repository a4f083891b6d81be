package io.livepatch.charm.cli;

import io.livepatch.charm.cli.ControllerClient.Format;
import io.livepatch.charm.status.StatusTable;
import io.livepatch.charm.wire.ControllerRequest;
import io.livepatch.common.cli.DeletionPrompt;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** The commands that change the model or act on its units. */
final class ChangeCommands {
    private final ControllerClient client;

    ChangeCommands(ControllerClient client) {
        this.client = client;
    }

    @Command(name = "add-unit", mixinStandardHelpOptions = true, description = "Adds units to an application.")
    final class AddUnit implements Callable<Integer> {
        @Parameters(index = "0", paramLabel = "APPLICATION")
        private String application = "";

        @Option(
                names = {"-n", "--num-units"},
                paramLabel = "N",
                description = "the number of new units; default ${DEFAULT-VALUE}")
        private int count = 1;

        @Override
        public Integer call() {
            JsonNode added = client.request(new ControllerRequest.AddUnits(application, count));
            client.println("adding " + RemoveUnit.list(added) + "; juju wait-for shows the progress");
            return 0;
        }
    }

    @Command(
            name = "refresh",
            mixinStandardHelpOptions = true,
            description = {
                "Moves applications to the release of this command.",
                "Copies the release to $LIVEPATCH_HOME/releases, and has the units run from there one after the other: each follows when"
                        + " those before it are active, so a release that does not work stops the refresh at one unit. The workers of"
                        + " a unit are replaced without an interruption. The refresh of another release, also of the former one by"
                        + " its own juju, replaces a refresh that has not ended. Releases that no unit uses are deleted."
            })
    final class Refresh implements Callable<Integer> {
        @Parameters(arity = "0..*", paramLabel = "APPLICATION", description = "default: all")
        private List<String> applications = List.of();

        @Override
        public Integer call() {
            client.requireDeployed();
            JsonNode moved = client.requestWithRelease(release -> new ControllerRequest.Refresh(applications, release));
            client.println(
                    moved.isEmpty()
                            ? "nothing to do: this release is what they run"
                            : "refreshing " + RemoveUnit.list(moved) + "; juju wait-for shows the progress");
            return 0;
        }
    }

    @Command(
            name = "remove-unit",
            mixinStandardHelpOptions = true,
            description = "Stops units and deletes their data; asks for confirmation if it exists nowhere else.")
    final class RemoveUnit implements Callable<Integer> {
        @Mixin
        private DeletionPrompt prompt = new DeletionPrompt();

        @Parameters(
                arity = "1..*",
                paramLabel = "UNIT",
                description = "application/number; all of them, or none if one is unknown")
        private List<String> units = List.of();

        @Override
        public Integer call() {
            if (!prompt.skipped()) {
                confirm();
            }
            JsonNode removed = client.request(new ControllerRequest.RemoveUnits(units));
            client.println(
                    removed.isEmpty()
                            ? "nothing to do: " + String.join(", ", units) + " is being removed already"
                            : "removing " + list(removed) + "; juju status shows the progress");
            return 0;
        }

        private void confirm() {
            Optional<JsonNode> holdings =
                    client.requestRunning(new ControllerRequest.Holdings(units, Optional.empty()));
            if (holdings.isEmpty()) {
                client.requireDeployed();
                client.confirm(
                        prompt,
                        "this starts the stopped model and deletes the data of " + String.join(", ", units)
                                + ", which may exist nowhere else",
                        DataSummary.STOPPED);
            } else if (!holdings.get().path("data").isEmpty()) {
                client.confirm(
                        prompt,
                        "this deletes the data of " + list(holdings.get().path("data")) + ", which exists nowhere else",
                        DataSummary.text(holdings.get()));
            }
        }

        static String list(JsonNode units) {
            return units.valueStream().map(JsonNode::asString).collect(Collectors.joining(", "));
        }
    }

    @Command(
            name = "integrate",
            aliases = "relate",
            mixinStandardHelpOptions = true,
            description = "Relates two applications, by the only fitting endpoints or by the named ones.")
    final class Integrate implements Callable<Integer> {
        @Parameters(index = "0", paramLabel = "APPLICATION[:ENDPOINT]")
        private String one = "";

        @Parameters(index = "1", paramLabel = "APPLICATION[:ENDPOINT]")
        private String other = "";

        @Override
        public Integer call() {
            boolean changed = client.request(new ControllerRequest.Integrate(one, other))
                    .path("changed")
                    .asBoolean();
            client.println(changed ? "related " + one + " and " + other : "nothing to do: they are related already");
            return 0;
        }
    }

    @Command(
            name = "remove-application",
            mixinStandardHelpOptions = true,
            description = "Stops an application and deletes its data, after a confirmation.")
    final class RemoveApplication implements Callable<Integer> {
        @Mixin
        private DeletionPrompt prompt = new DeletionPrompt();

        @Parameters(index = "0", paramLabel = "APPLICATION")
        private String application = "";

        @Override
        public Integer call() {
            if (!prompt.skipped()) {
                // A running controller refuses an unknown application here, before the confirmation.
                String holdings = client.requestRunning(
                                new ControllerRequest.Holdings(List.of(), Optional.of(application)))
                        .map(DataSummary::text)
                        .orElseGet(() -> {
                            client.requireDeployed();
                            return DataSummary.STOPPED;
                        });
                client.confirm(
                        prompt,
                        "this stops all units of '" + application + "' and deletes their data, keys and certificates",
                        holdings);
            }
            client.request(new ControllerRequest.RemoveApplication(application));
            client.println("removing " + application + "; juju status shows the progress");
            return 0;
        }
    }

    @Command(
            name = "run",
            aliases = "run-action",
            mixinStandardHelpOptions = true,
            description = "Runs an action on a unit and waits for its result.")
    final class Run implements Callable<Integer> {
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

        @Option(names = "--wait", hidden = true, description = "required by Juju 2.9; here the command always waits")
        @SuppressWarnings("UnusedVariable") // accepted for scripts that were written for Juju 2.9
        private boolean waits;

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
            JsonNode answer = client.request(new ControllerRequest.Run(unit, action, given));
            JsonNode task = answer.properties().iterator().next().getValue();
            boolean done = task.path("status").asString().equals("completed");
            if (format != Format.tabular) {
                client.print(format.print(answer));
            } else if (done) {
                Map<String, String> results = new LinkedHashMap<>();
                task.path("results").forEachEntry((key, value) -> results.put(key, value.asString()));
                client.print(StatusTable.pairs(results));
            }
            if (!done) {
                throw CliException.failed("action '" + action + "' failed on " + unit + ": "
                        + task.path("message").asString());
            }
            return 0;
        }
    }

    @Command(
            name = "cancel-task",
            mixinStandardHelpOptions = true,
            description = "Ends an action that waits or runs; its changes so far stay.")
    final class CancelTask implements Callable<Integer> {
        @Parameters(index = "0", paramLabel = "ID", description = "the number that 'juju run' printed")
        private int id;

        @Override
        public Integer call() {
            client.request(new ControllerRequest.CancelTask(id));
            client.println("task " + id + " is cancelled");
            return 0;
        }
    }
}
