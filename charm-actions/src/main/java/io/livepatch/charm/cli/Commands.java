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

    static List<Object> of(ControllerClient client) {
        return List.of(
                new DeployCommand(client),
                new StatusCommand(client),
                new AddUnitCommand(client),
                new RemoveUnitCommand(client),
                new IntegrateCommand(client),
                new ConfigCommand(client),
                new RunCommand(client),
                new ActionsCommand(client),
                new ShowUnitCommand(client),
                new DebugLogCommand(client),
                new WaitForCommand(client),
                new RemoveApplicationCommand(client),
                new DestroyModelCommand(client),
                new ShutdownCommand(client));
    }
}
