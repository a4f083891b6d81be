package io.livepatch.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import at.favre.lib.crypto.bcrypt.BCrypt;
import io.livepatch.server.config.Dsn;
import io.livepatch.testing.FreePorts;
import io.livepatch.testing.JavaCommand;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The server as a process of its own, as a charm runs it: configuration by environment, log on stdout. */
final class ServerProcess implements AutoCloseable {
    static final String PASSWORD = "correct horse battery staple";

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String HASH = BCrypt.with(BCrypt.Version.VERSION_2Y).hashToString(4, PASSWORD.toCharArray());

    private final Process process;
    private final Path output;
    private final int port;
    private final int probePort;

    private ServerProcess(Process process, Path output, int port, int probePort) {
        this.process = process;
        this.output = output;
        this.port = port;
        this.probePort = probePort;
    }

    /** The environment of a unit on this database and store, on a port that was free a moment ago. */
    static Map<String, String> environment(Dsn dsn, Path store) {
        int port = FreePorts.one();
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put("LP_SERVER_SERVER_ADDRESS", "127.0.0.1:" + port);
        environment.put("LP_SERVER_DRAIN", "1s");
        environment.put("LP_DATABASE_CONNECTION_STRING", text(dsn));
        environment.put("LP_PATCH_STORAGE_FILESYSTEM_PATH", store.toString());
        environment.put("LP_AUTH_BASIC_ENABLED", "true");
        environment.put("LP_AUTH_BASIC_USERS", "ann:" + HASH);
        return environment;
    }

    /** One of several workers of such a unit: on its port, with an address of its own for probes, known by this id. */
    static Map<String, String> worker(Map<String, String> unit, String id) {
        Map<String, String> environment = new LinkedHashMap<>(unit);
        environment.put("LP_SERVER_REUSE_PORT", "true");
        environment.put("LP_SERVER_WORKER_ADDRESS", "127.0.0.1:" + FreePorts.one());
        environment.put("MULTIPROCESS_WORKER_ID", id);
        return environment;
    }

    private static String text(Dsn dsn) {
        return "postgres://" + dsn.user() + ":" + dsn.password().reveal() + "@"
                + dsn.hosts().getFirst() + "/" + dsn.database();
    }

    /** Starts it, and waits for nothing. */
    static ServerProcess start(Map<String, String> environment, String... arguments) {
        return startWithin(List.of(), environment, arguments);
    }

    /** Starts it as the last arguments of another command, which must become it: in a mount namespace, say. */
    private static ServerProcess startWithin(
            List<String> wrapper, Map<String, String> environment, String... arguments) {
        try {
            Path output = Files.createTempFile("livepatch-server", ".log");
            ProcessBuilder builder = new ProcessBuilder(JavaCommand.program(
                            "io.livepatch.server.Main", "-Xmx256m", "-Dlogback.configurationFile=logback.xml"))
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile());
            builder.command().addAll(0, wrapper);
            builder.command().addAll(List.of(arguments));
            builder.environment().putAll(environment);
            int port = port(environment.getOrDefault("LP_SERVER_SERVER_ADDRESS", ":0"));
            String probes = environment.get("LP_SERVER_WORKER_ADDRESS");
            return new ServerProcess(builder.start(), output, port, probes == null ? port : port(probes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int port(String address) {
        return Integer.parseInt(address.substring(address.indexOf(':') + 1));
    }

    /** Starts it, and waits until it takes traffic. */
    static ServerProcess ready(Map<String, String> environment) {
        return readyWithin(List.of(), environment);
    }

    /** The same, as the last arguments of another command, which must become it. */
    static ServerProcess readyWithin(List<String> wrapper, Map<String, String> environment) {
        ServerProcess server = startWithin(wrapper, environment);
        Api api = server.probes();
        await("unit is ready").atMost(PATIENCE).until(() -> {
            if (!server.process.isAlive()) {
                throw new AssertionError("the server ended: " + server.output());
            }
            return api.readyStatus() == 200;
        });
        return server;
    }

    int port() {
        return port;
    }

    Api api() {
        return new Api(port);
    }

    /** What this process alone answers: on its own address if it has one. */
    Api probes() {
        return new Api(probePort);
    }

    /** Sends a signal by its name, such as {@code STOP} or {@code CONT}. */
    void signal(String name) {
        try {
            int code = new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid()))
                    .start()
                    .waitFor();
            if (code != 0) {
                throw new AssertionError("kill -" + name + " ended with " + code);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** SIGTERM. */
    void terminate() {
        process.destroy();
    }

    /** SIGKILL, and waits until it is gone. */
    void kill() {
        process.destroyForcibly();
        exitCode();
    }

    int exitCode() {
        try {
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("the server did not end: " + output());
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** All that it printed so far. */
    String output() {
        try {
            return Files.readString(output, UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        kill();
        try {
            Files.delete(output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
