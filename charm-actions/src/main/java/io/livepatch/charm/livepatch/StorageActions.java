package io.livepatch.charm.livepatch;

import io.livepatch.charm.api.ActionAnswer.ActionResult;
import io.livepatch.charm.api.Charm.ActionCall;
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

/** The actions that run {@code livepatch-server storage} beside the server, with the server's configuration. */
final class StorageActions {
    /** All patches are read, and perhaps written over a slow connection. */
    static final Duration LIMIT = Duration.ofDays(30);

    private StorageActions() {}

    static ActionResult status(Unit unit, ActionCall call) {
        return run(unit, List.of("status"));
    }

    static ActionResult verify(Unit unit, ActionCall call) {
        return run(unit, List.of("verify"));
    }

    static ActionResult migrate(Unit unit, ActionCall call) {
        String to = call.parameter("to");
        PatchStorage.obstacle(to, unit.plannedUnits()).ifPresent(why -> {
            throw new CharmException(why);
        });
        boolean dry = call.parameter("dry-run").equals("true");
        ActionResult result =
                run(unit, dry ? List.of("migrate", "--to", to, "--dry-run") : List.of("migrate", "--to", to));
        return dry || PatchStorage.type(unit.config()).equals(to)
                ? result
                : result.with("next", "juju config " + unit.application() + " " + PatchStorage.TYPE + "=" + to);
    }

    private static ActionResult run(Unit unit, List<String> task) {
        String file = LivepatchExecutor.activeConfiguration(unit)
                .orElseThrow(() ->
                        new CharmException("the server of '" + unit.name() + "' does not run; its status says why"))
                .toString();
        if (!LivepatchExecutor.runsDesiredConfiguration(unit)) {
            unit.actionLog("the server runs with another configuration than the one that is set; its status says why");
        }
        List<String> command =
                new ArrayList<>(List.of(unit.program(LivepatchExecutor.SERVICE).toString(), "storage"));
        command.addAll(task);
        command.addAll(List.of("--format", "json", "--config", file));
        StorageToolOutput report = new StorageToolOutput(unit::actionLog);
        ExternalProgram.Output output = ExternalProgram.of(command)
                .withEnvironment("JAVA_HOME", System.getProperty("java.home", ""))
                .as(ServerUser.get().name())
                .withTimeout(LIMIT)
                .run(report::line);
        if (!output.ok()) {
            throw new CharmException("storage " + task.getFirst() + " failed with exit code " + output.exit() + ": "
                    + report.errorText(output));
        }
        return ActionResult.of(report.results());
    }

    /** The output of {@code livepatch-server storage … --format json}: progress lines, then an object. Used by one thread. */
    static final class StorageToolOutput {
        private static final JsonMapper JSON = new JsonMapper();
        /** Bounds a message, which may have a line for each damaged patch. */
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

        /** The fields of the object, nested ones as {@code outer.inner}; output that is no object is returned as text. */
        Map<String, String> results() {
            Map<String, String> results = new LinkedHashMap<>();
            String json = object.toString().strip();
            try {
                flatten("", JSON.readTree(json), results);
            } catch (JacksonException e) {
                results.put("output", json);
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

        String errorText(ExternalProgram.Output output) {
            List<String> lines = output.stderr().strip().lines().toList();
            return lines.isEmpty()
                    ? output.reason()
                    : String.join("\n", lines.subList(Math.max(0, lines.size() - SHOWN_LINES), lines.size()));
        }
    }
}
