package io.livepatch.charm.local;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.ValueFormat;
import io.livepatch.charm.exec.ExternalProgram;
import io.livepatch.charm.exec.PrivateFile;
import io.livepatch.charm.wire.ModelDirectory;
import io.livepatch.supervisor.control.SupervisorClient;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The process that manages a local model: {@code ControllerMain [HOME]}, a worker of the model's supervisor. SIGTERM ends it; units run on,
 * unless the supervisor is shutting down.
 */
public final class ControllerMain {
    private static final String USAGE =
            "usage: controller [HOME]\nManages the local model in HOME (default: $LIVEPATCH_HOME). The supervisor that juju starts runs it.";

    private static final Duration SUPERVISOR_TIMEOUT = Duration.ofSeconds(10);

    private ControllerMain() {}

    public static void main(String... arguments) {
        Map<String, String> environment = System.getenv();
        if (arguments.length > 1 || (arguments.length == 1 && arguments[0].startsWith("-"))) {
            boolean help =
                    List.of(arguments).contains("--help") || List.of(arguments).contains("-h");
            (help ? System.out : System.err).println(USAGE);
            System.exit(help ? 0 : 2);
            return;
        }
        ControllerSocket socket;
        try {
            Optional<Integer> metricsPort = metricsPort(environment.getOrDefault(ControllerMetrics.PORT_VARIABLE, ""));
            boolean superuser = ExternalProgram.isRoot();
            ModelDirectory home = arguments.length > 0
                    ? new ModelDirectory(Path.of(arguments[0]))
                    : ModelDirectory.of(environment, superuser);
            // Root runs postgres as another user, who needs to traverse the directory.
            String mode = superuser ? "rwx--x--x" : "rwx------";
            PrivateFile.directory(home.root(), mode);
            // Set before the first logger is made.
            System.setProperty("livepatch.debug-log", home.debugLog().toString());
            System.setProperty("logback.configurationFile", "controller-logback.xml");
            // Commands start the controller from a copy of their release.
            String release = Path.of(environment.getOrDefault("LIVEPATCH_DIST", ""))
                    .getFileName()
                    .toString();
            SupervisorClient supervisor = SupervisorClient.open(home.supervisorSocket());
            supervisor.awaitConnected(SUPERVISOR_TIMEOUT);
            Controller controller = ControllerAssembly.start(
                    new ControllerAssembly.Setting(
                            home, release, mode, environment.getOrDefault("LIVEPATCH_SUBNET", "")),
                    supervisor,
                    Charms.all(InstantSource.system()),
                    InstantSource.system());
            socket = ControllerSocket.open(home, controller);
            metricsPort.ifPresent(controller.context().metrics()::serveIfFree);
        } catch (RuntimeException e) {
            System.err.println("controller: " + e.getMessage());
            System.exit(2);
            return;
        }
        Runtime.getRuntime()
                .addShutdownHook(Thread.ofPlatform().name("shutdown").unstarted(socket::close));
        socket.serve();
        System.exit(0);
    }

    private static Optional<Integer> metricsPort(String text) {
        if (text.equals("off")) {
            return Optional.empty();
        }
        if (text.isBlank()) {
            return Optional.of(ControllerMetrics.DEFAULT_PORT);
        }
        int port = text.matches("[0-9]{1,5}") ? Integer.parseInt(text) : 0;
        if (port < 1 || port > ValueFormat.MAX_PORT) {
            throw new CharmException(ControllerMetrics.PORT_VARIABLE + " is '" + text
                    + "' and must be a port from 1 to " + ValueFormat.MAX_PORT + ", or off");
        }
        return Optional.of(port);
    }
}
