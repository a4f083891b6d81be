package io.livepatch.charm.cli;

import io.livepatch.charm.model.Model;
import io.livepatch.charm.model.ModelStore;
import io.livepatch.charm.wire.ControllerRequest;
import io.livepatch.charm.wire.ModelDirectory;
import io.livepatch.common.file.FileTrees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "destroy-model",
        mixinStandardHelpOptions = true,
        description = "Stops everything and deletes it: units, databases, patches, keys, the model.")
final class DestroyModelCommand implements Callable<Integer> {
    private final ControllerClient client;

    @Mixin
    private DeletionPrompt confirmation = new DeletionPrompt();

    DestroyModelCommand(ControllerClient client) {
        this.client = client;
    }

    @Override
    public Integer call() {
        ModelDirectory home = client.home();
        if (!Files.exists(home.model()) && !Files.exists(home.units())) {
            client.out().println("nothing to do: there is no model in " + home);
            return 0;
        }
        if (!confirmation.needless()) {
            confirmation.require(
                    client,
                    "this stops all units and deletes all their data in " + home,
                    DeletionPrompt.ask(client, new ControllerRequest.Holdings(List.of(), Optional.empty())));
        }
        client.askToEnd(new ControllerRequest.Destroy());
        delete(home);
        client.out().println("the model in " + home + " is destroyed");
        return 0;
    }

    /** Deletes the model's own files only: LIVEPATCH_HOME may be a directory that holds other files as well. */
    private static void delete(ModelDirectory home) {
        // Held by a controller that is still at work, this throws, and nothing is deleted.
        try (ModelStore _ = ModelStore.open(home.model(), Model.DEFAULT_SUBNET)) {
            FileTrees.delete(home.units());
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
