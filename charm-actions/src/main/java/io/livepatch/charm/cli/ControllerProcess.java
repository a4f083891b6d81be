package io.livepatch.charm.cli;

import io.livepatch.charm.exec.ExternalProgram;
import io.livepatch.charm.exec.PrivateFile;
import io.livepatch.charm.wire.JsonChannel;
import io.livepatch.charm.wire.ModelDirectory;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Connects a command to the controller, and starts it if necessary. */
final class ControllerProcess {
    private static final Duration START_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration POLL = Duration.ofMillis(20);
    private static final int MAX_LINES = 5;

    private final ModelDirectory home;
    private final Map<String, String> environment;
    private final PrintStream err;

    ControllerProcess(ModelDirectory home, Map<String, String> environment, PrintStream err) {
        this.home = home;
        this.environment = environment;
        this.err = err;
    }

    /** A connection to the controller; empty if none runs. */
    Optional<JsonChannel> connect() {
        try {
            return Optional.of(new JsonChannel(SocketChannel.open(UnixDomainSocketAddress.of(home.socket()))));
        } catch (IOException e) {
            if (Files.exists(home.socket()) && !Files.isWritable(home.socket())) {
                throw CliException.failed(
                        "the controller of '" + home + "' belongs to another user: " + e.getMessage());
            }
            return Optional.empty();
        }
    }

    JsonChannel connectOrStart() {
        return connect().orElseGet(this::start);
    }

    private JsonChannel start() {
        if (!Files.isDirectory(home.root())) {
            PrivateFile.directory(home.root(), ExternalProgram.isRoot() ? "rwx--x--x" : "rwx------");
        }
        // Of two concurrent commands one starts the controller; the other waits here and then connects.
        try (FileChannel channel =
                        FileChannel.open(home.startLock(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock _ = channel.lock()) {
            Optional<JsonChannel> other = connect();
            return other.isPresent() ? other.get() : launch();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start the controller of '" + home + "': " + e.getMessage(), e);
        }
    }

    private JsonChannel launch() throws IOException {
        err.println("starting the controller of " + home);
        ProcessBuilder builder = new ProcessBuilder(command())
                .directory(Path.of("/").toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(home.controllerLog().toFile()))
                .redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
            while (System.nanoTime() < deadline) {
                Optional<JsonChannel> wire = connect();
                if (wire.isPresent()) {
                    return wire.get();
                }
                if (process.waitFor(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw CliException.failed("the controller did not start: " + lastLines());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CliException.failed("interrupted while the controller started");
        }
        process.destroy();
        throw CliException.failed("the controller did not answer within " + START_TIMEOUT.toSeconds() + " s; see "
                + home.controllerLog());
    }

    /** Starts a session of its own (setsid), so that the terminal's signals do not reach the controller. */
    private List<String> command() {
        List<String> command = new ArrayList<>(List.of("setsid"));
        Path script = Path.of(environment.getOrDefault("LIVEPATCH_DIST", "/nonexistent"), "bin", "controller");
        if (Files.isExecutable(script)) {
            command.add(script.toString());
        } else {
            command.addAll(List.of(
                    Path.of(System.getProperty("java.home", ""), "bin", "java").toString(),
                    "-XX:+UseSerialGC",
                    "-Xmx128m",
                    "-cp",
                    System.getProperty("java.class.path", ""),
                    "io.livepatch.charm.local.ControllerMain"));
        }
        command.add(home.toString());
        return command;
    }

    private String lastLines() throws IOException {
        List<String> lines = Files.readAllLines(home.controllerLog());
        return String.join("; ", lines.subList(Math.max(0, lines.size() - MAX_LINES), lines.size())) + " ("
                + home.controllerLog() + ")";
    }
}
