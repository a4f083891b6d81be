package io.livepatch.charm.livepatch;

import io.livepatch.charm.api.ActionResult;
import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.Unit;
import io.livepatch.charm.exec.Command;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

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
        Command.Output output = Command.of(command)
                .withEnvironment("JAVA_HOME", System.getProperty("java.home", ""))
                .withTimeout(LONGEST)
                .run(report::line);
        if (!output.ok()) {
            throw new CharmException("storage " + task.getFirst() + " failed with exit code " + output.exit() + ": "
                    + report.complaint(output));
        }
        return ActionResult.of(report.results());
    }
}
