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

    static List<Object> of(CliContext cliContext) {
        return List.of(
                new DeployCommand(cliContext),
                new StatusCommand(cliContext),
                new AddUnitCommand(cliContext),
                new RemoveUnitCommand(cliContext),
                new IntegrateCommand(cliContext),
                new ConfigCommand(cliContext),
                new RunCommand(cliContext),
                new ActionsCommand(cliContext),
                new ShowUnitCommand(cliContext),
                new DebugLogCommand(cliContext),
                new WaitForCommand(cliContext),
                new RemoveApplicationCommand(cliContext),
                new DestroyModelCommand(cliContext),
                new ShutdownCommand(cliContext));
    }
}
