package io.livepatch.charm.livepatch;

import io.livepatch.charm.api.ActionResult;
import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.Unit;
import io.livepatch.charm.exec.ExternalProgram;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The server's program at work on the stores, beside the server and with the configuration that it runs with. */
final class StorageActions {
    /** All patches are read, and perhaps written over a slow line. An operator can end the action earlier: juju shutdown. */
    private static final Duration LONGEST = Duration.ofDays(30);

    private StorageActions() {}

    static ActionResult status(Unit unit, Map<String, String> parameters) {
        return run(unit, List.of("status"));
    }

    static ActionResult verify(Unit unit, Map<String, String> parameters) {
        return run(unit, List.of("verify"));
    }

    static ActionResult migrate(Unit unit, Map<String, String> parameters) {
        String to = parameters.getOrDefault("to", "");
        PatchStorage.obstacle(to, unit.plannedUnits()).ifPresent(why -> {
            throw new CharmException(why);
        });
        boolean dry = parameters.getOrDefault("dry-run", "false").equals("true");
        ActionResult result =
                run(unit, dry ? List.of("migrate", "--to", to, "--dry-run") : List.of("migrate", "--to", to));
        return dry || PatchStorage.type(unit.config()).equals(to)
                ? result
                : result.with("next", "juju config " + unit.application() + " " + PatchStorage.TYPE + "=" + to);
    }

    private static ActionResult run(Unit unit, List<String> task) {
        LivepatchExecutor edge = new LivepatchExecutor(unit);
        String file = edge.inForce()
                .orElseThrow(() -> new CharmException(
                        "the server of '" + unit.name() + "' does not run; its status says what it waits for"))
                .toString();
        if (!edge.runsAsWished()) {
            unit.actionLog("the server runs with another configuration than the one that is set; its status says why");
        }
        List<String> command =
                new ArrayList<>(List.of(unit.program(LivepatchExecutor.SERVICE).toString(), "storage"));
        command.addAll(task);
        command.addAll(List.of("--format", "json", "--config", file));
        StorageToolOutput report = new StorageToolOutput(unit::actionLog);
        ExternalProgram.Output output = ExternalProgram.of(command)
                .withEnvironment("JAVA_HOME", System.getProperty("java.home", ""))
                .withTimeout(LONGEST)
                .run(report::line);
        if (!output.ok()) {
            throw new CharmException("storage " + task.getFirst() + " failed with exit code " + output.exit() + ": "
                    + report.complaint(output));
        }
        return ActionResult.of(report.results());
    }

    /** What {@code livepatch-server storage … --format json} says: lines while it works, then an object. Used by one thread. */
    static final class StorageToolOutput {
        private static final JsonMapper JSON = new JsonMapper();
        /** A reason may name one patch a line; all of a broken store's would fill the model. */
        private static final int SHOWN_LINES = 20;

        private final Consumer<String> progress;
        private final StringBuilder object = new StringBuilder();

        StorageToolOutput(Consumer<String> progress) {
            this.progress = progress;
        }

        void line(String line) {
            if (object.isEmpty() && !line.startsWith("{")) {
                if (!line.isBlank()) {
                    progress.accept(line);
                }
            } else {
                object.append(line).append('\n');
            }
        }

        /** The fields of the object, those of objects in it as {@code outer.inner}; what is no object as it was said. */
        Map<String, String> results() {
            Map<String, String> results = new LinkedHashMap<>();
            String said = object.toString().strip();
            try {
                flatten("", JSON.readTree(said), results);
            } catch (JacksonException e) {
                results.put("output", said);
            }
            return results;
        }

        private static void flatten(String prefix, JsonNode node, Map<String, String> into) {
            node.forEachEntry((key, value) -> {
                if (value.isObject()) {
                    flatten(prefix + key + ".", value, into);
                } else {
                    into.put(prefix + key, value.isValueNode() ? value.asString() : value.toString());
                }
            });
        }

        String complaint(ExternalProgram.Output output) {
            List<String> lines = output.stderr().strip().lines().toList();
            return lines.isEmpty()
                    ? output.reason()
                    : String.join("\n", lines.subList(Math.max(0, lines.size() - SHOWN_LINES), lines.size()));
        }
    }
}
