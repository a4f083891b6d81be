package io.livepatch.charm.cli;

import java.util.List;

/** All commands. */
final class Commands {
    /**
     * The commands that a misspelt one may be taken for: none that deletes data or stops what runs, since whoever repeats the suggestion
     * has not asked for that.
     */
    static final List<String> HARMLESS = List.of(
            "deploy",
            "status",
            "add-unit",
            "integrate",
            "relate",
            "config",
            "run",
            "run-action",
            "actions",
            "show-unit",
            "debug-log",
            "wait-for");

    private Commands() {}

    static List<Object> of(Session session) {
        return List.of(
                new DeployCommand(session),
                new StatusCommand(session),
                new AddUnitCommand(session),
                new RemoveUnitCommand(session),
                new IntegrateCommand(session),
                new ConfigCommand(session),
                new RunCommand(session),
                new ActionsCommand(session),
                new ShowUnitCommand(session),
                new DebugLogCommand(session),
                new WaitForCommand(session),
                new RemoveApplicationCommand(session),
                new DestroyModelCommand(session),
                new ShutdownCommand(session));
    }
}
