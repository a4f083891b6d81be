package io.livepatch.charm.cli;

import io.livepatch.charm.exec.ExternalProgram;
import io.livepatch.charm.exec.PrivateFile;
import io.livepatch.charm.wire.BuildId;
import io.livepatch.charm.wire.ControllerRequest;
import io.livepatch.charm.wire.ControllerRequest.ControllerResponse;
import io.livepatch.charm.wire.ModelDirectory;
import io.livepatch.common.socket.JsonChannel;
import io.livepatch.supervisor.control.SupervisorClient;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Connects a command to the controller, a worker of the model's supervisor. Starts the supervisor if necessary. */
final class ControllerProcess {
    private static final Duration START_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(6);
    private static final Duration POLL = Duration.ofMillis(20);
    private static final int SHOWN_LINES = 5;

    private final ModelDirectory home;
    private final SupervisorProcess supervisor;
    private final PrintStream err;

    ControllerProcess(ModelDirectory home, Map<String, String> environment, PrintStream err) {
        this.home = home;
        this.supervisor = new SupervisorProcess(home, environment);
        this.err = err;
    }

    SupervisorProcess supervisor() {
        return supervisor;
    }

    /** An open connection, on which the controller has said who it is. */
    record Connection(JsonChannel channel, ControllerResponse.Hello controller) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    /**
     * A connection to the controller; empty if none listens.
     *
     * @throws CliException if it hangs
     */
    Optional<Connection> connect() {
        try {
            JsonChannel channel = JsonChannel.connect(home.socket(), ControllerRequest.JSON);
            Optional<ControllerResponse> first = channel.receive(ControllerResponse.class, ANSWER_TIMEOUT);
            if (first.orElse(null) instanceof ControllerResponse.Hello hello) {
                return Optional.of(new Connection(channel, hello));
            }
            channel.close();
            if (first.orElse(null) instanceof ControllerResponse.Failed(String message, boolean _)) {
                throw CliException.failed(message);
            }
            // It ends just now.
            return Optional.empty();
        } catch (SocketTimeoutException e) {
            throw CliException.away("the controller of '" + home + "' does not answer within "
                    + ANSWER_TIMEOUT.toSeconds() + " s; units serve without it"
                    + SupervisorProcess.frozen(home.socket())
                    + ", and the supervisor starts it again");
        } catch (IOException e) {
            if (Files.exists(home.socket()) && !Files.isWritable(home.socket())) {
                throw CliException.failed(
                        "the controller of '" + home + "' belongs to another user: " + e.getMessage());
            }
            return Optional.empty();
        }
    }

    /** A connection to the controller; waits for one that is being restarted, and starts a stopped model. */
    Connection connectOrStart() {
        return connect().orElseGet(() -> locked(this::start));
    }

    /**
     * A connection to the controller; empty if the model is stopped.
     *
     * @param patience how long to wait for a controller that is being restarted
     * @throws CliException if the model runs and its controller does not answer
     */
    Optional<Connection> connectRunning(Duration patience) {
        Optional<Connection> open = await(patience);
        if (open.isEmpty()) {
            supervisor.connect().ifPresent(running -> {
                try (SupervisorClient client = running) {
                    throw CliException.away(
                            "the controller of '%s' does not run (%s); units serve without it, and the supervisor starts it again. See %s"
                                    .formatted(home, SupervisorProcess.controllerState(client), home.controllerLog()));
                }
            });
        }
        return open;
    }

    /** A connection to the controller, which may be back within this time if it is being restarted. */
    Optional<Connection> await(Duration patience) {
        Optional<Connection> open = connect();
        if (open.isPresent() || !supervisor.runs()) {
            return open;
        }
        err.println("the controller of " + home + " is being restarted; units serve meanwhile");
        long deadline = System.nanoTime() + patience.toNanos();
        while (open.isEmpty() && supervisor.runs() && System.nanoTime() < deadline) {
            pause();
            open = connect();
        }
        return open;
    }

    /** Serialises commands that start the supervisor or change its file. */
    private <T> T locked(Supplier<T> action) {
        if (!Files.isDirectory(home.root())) {
            PrivateFile.directory(home.root(), ExternalProgram.isRoot() ? "rwx--x--x" : "rwx------");
        }
        try (FileChannel channel =
                        FileChannel.open(home.startLock(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock _ = channel.lock()) {
            return action.get();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start the controller of '" + home + "': " + e.getMessage(), e);
        }
    }

    private Connection start() {
        Optional<Connection> open = connect();
        if (open.isPresent()) {
            return open.get();
        }
        Optional<SupervisorClient> running = supervisor.connect();
        if (running.isPresent()) {
            try (SupervisorClient client = running.get()) {
                err.println("waiting for the controller of " + home + ", which is being restarted");
                return awaitController(client, _ -> true);
            }
        }
        err.println("starting the controller of " + home);
        return launch();
    }

    private Connection launch() {
        try (SupervisorClient client = launchSupervisor()) {
            try {
                return awaitController(client, _ -> true);
            } catch (CliException e) {
                // This command has started the supervisor, and nothing else uses it yet; systemd would not start its
                // own again.
                if (!supervisor.ofSystemd()) {
                    client.shutdown();
                }
                throw e;
            }
        }
    }

    /** Starts the supervisor and connects to it; another program, such as the service manager, may have been faster. */
    private SupervisorClient launchSupervisor() {
        try {
            Process process = supervisor.launch();
            long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
            while (System.nanoTime() < deadline) {
                boolean failed = !process.isAlive() && process.exitValue() != 0;
                Optional<SupervisorClient> client = supervisor.connect();
                if (client.isPresent()) {
                    return client.get();
                }
                // The supervisor of another program, which has the lock, may not listen yet.
                if (failed && !supervisor.owned()) {
                    throw CliException.failed("the supervisor did not start: "
                            + SupervisorProcess.lastLines(home.supervisorLog(), SHOWN_LINES));
                }
                pause();
            }
            process.destroy();
            throw CliException.failed("the supervisor did not answer within " + START_TIMEOUT.toSeconds() + " s; see "
                    + home.supervisorLog());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start the supervisor of '" + home + "': " + e.getMessage(), e);
        }
    }

    /** Waits for the answer of a controller. */
    private Connection awaitController(SupervisorClient client, Predicate<ControllerResponse.Hello> wanted) {
        long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
        @Nullable CliException away = null;
        while (System.nanoTime() < deadline) {
            try {
                Optional<Connection> open = connect();
                if (open.isPresent() && wanted.test(open.get().controller())) {
                    return open.get();
                }
                if (open.isPresent()) {
                    open.get().close();
                }
                away = null;
            } catch (CliException e) {
                if (!e.isAway()) {
                    throw e;
                }
                away = e;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            if (SupervisorProcess.controllerRefuses(client)) {
                throw CliException.failed("the controller did not start: "
                        + SupervisorProcess.lastLines(home.controllerLog(), SHOWN_LINES));
            }
            pause();
        }
        if (away != null) {
            throw away;
        }
        throw CliException.failed("the controller did not answer within " + START_TIMEOUT.toSeconds() + " s ("
                + SupervisorProcess.controllerState(client) + "); see " + home.controllerLog());
    }

    /**
     * Replaces the running controller by one of this build, while units serve. A controller of this build that does not start is replaced by
     * the former one.
     *
     * @return whether the controller was replaced; empty if the model is stopped
     */
    Optional<Boolean> upgrade() {
        Optional<SupervisorClient> running = supervisor.connect();
        if (running.isEmpty()) {
            return Optional.empty();
        }
        try (SupervisorClient client = running.get()) {
            return Optional.of(locked(() -> upgrade(client)));
        }
    }

    private boolean upgrade(SupervisorClient client) {
        Predicate<ControllerResponse.Hello> thisBuild = hello -> hello.build().equals(BuildId.id());
        Optional<String> before = supervisor.writeFile();
        boolean changed = !client.readFile().equals("no changes");
        if (!changed && !runsNow(thisBuild)) {
            // The same command runs another build, because the build was replaced under it.
            client.recycle(SupervisorProcess.CONTROLLER);
            changed = true;
        }
        try (Connection _ = awaitController(client, thisBuild)) {
            return changed;
        } catch (CliException e) {
            before.ifPresent(supervisor::restoreFile);
            client.readFile();
            throw CliException.failed(e.getMessage() + "; the former controller is started again");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean runsNow(Predicate<ControllerResponse.Hello> wanted) {
        try (Connection open = connect().orElse(null)) {
            return open != null && wanted.test(open.controller());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void pause() {
        try {
            Thread.sleep(POLL);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CliException.failed("interrupted while waiting for the controller");
        }
    }
}
