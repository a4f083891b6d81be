package io.livepatch.charm.cli;

import io.livepatch.charm.exec.Trees;
import io.livepatch.charm.model.ModelStore;
import io.livepatch.charm.wire.Home;
import io.livepatch.charm.wire.Request;
import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "destroy-model",
        mixinStandardHelpOptions = true,
        description = "Stops everything and deletes it: units, databases, patches, keys, the model.")
final class DestroyModelCommand implements Callable<Integer> {
    private final Session session;

    @Option(
            names = {"--no-prompt", "-y"},
            description = "does not ask first")
    private boolean noPrompt;

    DestroyModelCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        Home home = session.home();
        if (!Files.exists(home.model()) && !Files.exists(home.units())) {
            session.out().println("nothing to do: there is no model in " + home);
            return 0;
        }
        if (!noPrompt) {
            confirm(home);
        }
        session.askToEnd(new Request.Destroy());
        delete(home);
        session.out().println("the model in " + home + " is destroyed");
        return 0;
    }

    private void confirm(Home home) {
        if (Optional.ofNullable(System.console()).filter(Console::isTerminal).isEmpty()) {
            throw CliException.usage("destroy-model deletes all data in '" + home + "'; say so with --no-prompt");
        }
        session.err().print("This stops all units and deletes all their data in " + home + ".\nContinue [y/N]? ");
        session.err().flush();
        try {
            String answer = new BufferedReader(new InputStreamReader(session.in(), StandardCharsets.UTF_8)).readLine();
            if (answer == null || !answer.strip().equalsIgnoreCase("y")) {
                throw CliException.failed("nothing was destroyed");
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the answer", e);
        }
    }

    /** Only what is the model's: whoever chose the directory may keep other things there. */
    private static void delete(Home home) {
        // Held by a controller that is still at work, this throws, and nothing is deleted.
        try (ModelStore _ = ModelStore.open(home.model(), "127.0.10")) {
            Trees.delete(home.units());
        }
        try {
            for (Path file : List.of(
                    home.model(),
                    home.modelLock(),
                    home.startLock(),
                    home.socket(),
                    home.controllerLog(),
                    home.debugLog())) {
                Files.deleteIfExists(file);
            }
            for (int i = 1; i <= 3; i++) {
                Files.deleteIfExists(home.root().resolve(home.debugLog().getFileName() + "." + i));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete the model: " + e.getMessage(), e);
        }
    }
}
