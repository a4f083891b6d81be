package io.livepatch.charm.cli;

import io.livepatch.charm.model.Model;
import io.livepatch.charm.model.ModelStore;
import io.livepatch.charm.wire.BuildId;
import io.livepatch.charm.wire.ControllerRequest;
import io.livepatch.charm.wire.ModelDirectory;
import io.livepatch.common.cli.DeletionPrompt;
import io.livepatch.common.file.FileTrees;
import io.livepatch.common.socket.JsonServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The commands for the whole model and its controller. */
final class ControllerCommands {
    private static final String STOPPED = "nothing to do: the model is stopped, and the next command starts this build";

    private final ControllerClient client;

    ControllerCommands(ControllerClient client) {
        this.client = client;
    }

    @Command(
            name = "metrics",
            mixinStandardHelpOptions = true,
            description = "Prints the metrics of the controller and of all processes for Prometheus.")
    final class Metrics implements Callable<Integer> {
        @Override
        public Integer call() {
            client.print(client.query(new ControllerRequest.Metrics()).asString());
            return 0;
        }
    }

    @Command(
            name = "wait-for",
            mixinStandardHelpOptions = true,
            description = "Waits until every unit is active, and shows each change.")
    final class WaitFor implements Callable<Integer> {
        private static final Pattern DURATION = Pattern.compile("(\\d{1,6})(s|m|h)");

        @Option(names = "--timeout", description = "such as 30s, 5m or 1h; default ${DEFAULT-VALUE}")
        private String timeout = "5m";

        @Override
        public Integer call() {
            client.request(new ControllerRequest.WaitFor(duration(timeout).toSeconds()));
            client.println("all units are active");
            return 0;
        }

        static Duration duration(String text) {
            Matcher matcher = DURATION.matcher(text);
            if (!matcher.matches()) {
                throw CliException.usage("'" + text + "' is not a time; write 30s, 5m or 1h");
            }
            long number = Long.parseLong(matcher.group(1));
            return switch (matcher.group(2)) {
                case "s" -> Duration.ofSeconds(number);
                case "m" -> Duration.ofMinutes(number);
                default -> Duration.ofHours(number);
            };
        }
    }

    @Command(
            name = "shutdown",
            mixinStandardHelpOptions = true,
            description =
                    "Stops all units and the controller; the model and its data stay, and the next command starts them again.")
    final class Shutdown implements Callable<Integer> {
        @Override
        public Integer call() {
            boolean ran = client.requestEnd(new ControllerRequest.Shutdown());
            client.println(ran ? "stopped" : "nothing to do: the controller does not run");
            return 0;
        }
    }

    @Command(
            name = "upgrade-controller",
            mixinStandardHelpOptions = true,
            description = "Replaces the running controller by the one of this build; units serve meanwhile.")
    final class UpgradeController implements Callable<Integer> {
        @Override
        public Integer call() {
            Optional<Boolean> replaced = client.upgradeController();
            client.println(replaced.map(it -> it
                            ? "the controller runs this build (" + BuildId.id() + ")"
                            : "nothing to do: the controller runs this build")
                    .orElse(STOPPED));
            if (replaced.isPresent() && client.olderSupervisor()) {
                client.println(
                        "the supervisor is of another build, and works with this one; to replace it too, for which all units stop"
                                + " for some seconds: juju upgrade-supervisor");
            }
            return 0;
        }
    }

    @Command(
            name = "upgrade-supervisor",
            mixinStandardHelpOptions = true,
            description = "Replaces supervisor and controller by those of this build. All units stop for some seconds.")
    final class UpgradeSupervisor implements Callable<Integer> {
        @Override
        public Integer call() {
            client.println(client.upgradeSupervisor()
                    .map(it -> it
                            ? "supervisor and controller run this build (" + BuildId.id()
                                    + "); units are starting: juju wait-for"
                            : "nothing to do: the supervisor runs this build")
                    .orElse(STOPPED));
            return 0;
        }
    }

    @Command(
            name = "destroy-model",
            mixinStandardHelpOptions = true,
            description = "Stops and deletes everything: units, databases, patches, keys, the model.")
    final class DestroyModel implements Callable<Integer> {
        @Mixin
        private DeletionPrompt prompt = new DeletionPrompt();

        @Override
        public Integer call() {
            ModelDirectory home = client.home();
            if (!Files.exists(home.model()) && !Files.exists(home.units())) {
                client.println("nothing to do: there is no model in " + home);
                return 0;
            }
            if (!prompt.skipped()) {
                client.confirm(
                        prompt,
                        "this stops all units and deletes all their data in " + home,
                        DataSummary.request(client, new ControllerRequest.Holdings(List.of(), Optional.empty())));
            }
            client.requestEnd(new ControllerRequest.Destroy());
            delete(home);
            client.release().deleteCopies();
            client.println("the model in " + home + " is destroyed");
            return 0;
        }

        /** Deletes the model's own files only: LIVEPATCH_HOME may be a directory that holds other files as well. */
        private static void delete(ModelDirectory home) {
            // Throws if a controller still holds the lock, so that nothing is deleted.
            try (ModelStore _ = ModelStore.open(home.model(), Model.DEFAULT_SUBNET)) {
                FileTrees.delete(home.units());
            }
            try {
                for (Path file : List.of(
                        home.model(),
                        ModelStore.previous(home.model()),
                        home.modelLock(),
                        home.startLock(),
                        home.socket(),
                        JsonServer.lockFile(home.socket()),
                        home.supervisorSocket(),
                        JsonServer.lockFile(home.supervisorSocket()),
                        home.supervisorFile(),
                        home.supervisorLog(),
                        home.root().resolve(home.supervisorLog().getFileName() + ".1"),
                        home.controllerLog(),
                        home.debugLog())) {
                    Files.deleteIfExists(file);
                }
                for (int i = 1; i <= 3; i++) {
                    Files.deleteIfExists(home.root().resolve(home.debugLog().getFileName() + "." + i));
                    Files.deleteIfExists(
                            home.root().resolve(home.controllerLog().getFileName() + "." + i));
                }
            } catch (IOException e) {
                throw new UncheckedIOException("cannot delete the model: " + e.getMessage(), e);
            }
        }
    }
}
