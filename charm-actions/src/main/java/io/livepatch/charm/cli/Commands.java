package io.livepatch.charm.cli;

import java.util.List;

/** All commands. */
final class Commands {
    /**
     * The commands that may be suggested for a misspelt one: none that deletes data or stops what runs, since a suggestion is easily
     * repeated without thought.
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
