package io.livepatch.server;

import at.favre.lib.crypto.bcrypt.BCrypt;
import io.livepatch.server.config.Dsn;
import io.livepatch.testing.FreePorts;
import io.livepatch.testing.JavaCommand;
import io.livepatch.testing.LoggedProcess;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The server in its own process, as a charm runs it: configured by environment variables, with the log on standard output. */
final class ServerProcess implements AutoCloseable {
    static final String PASSWORD = "correct horse battery staple";

    private static final String HASH = BCrypt.with(BCrypt.Version.VERSION_2Y).hashToString(4, PASSWORD.toCharArray());

    private final LoggedProcess process;
    private final int port;
    private final int probePort;

    private ServerProcess(LoggedProcess process, int port, int probePort) {
        this.process = process;
        this.port = port;
        this.probePort = probePort;
    }

    /** The environment of a unit with this database and store, on a free port. */
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

    /** The environment of one of several workers of such a unit: they share its port, and each has its own address for probes. */
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

    /** Starts the server without waiting for it. */
    static ServerProcess start(Map<String, String> environment, String... arguments) {
        return startWithin(List.of(), environment, arguments);
    }

    /** Starts the server as the last arguments of a wrapper that executes it, for example in a mount namespace. */
    private static ServerProcess startWithin(
            List<String> wrapper, Map<String, String> environment, String... arguments) {
        ProcessBuilder builder = new ProcessBuilder(
                JavaCommand.program("io.livepatch.server.Main", "-Xmx256m", "-Dlogback.configurationFile=logback.xml"));
        // The tests may have been started by nohup, which ignores SIGHUP, and their children inherit that.
        builder.command().addAll(0, List.of("env", "--default-signal"));
        builder.command().addAll(0, wrapper);
        builder.command().addAll(List.of(arguments));
        builder.environment().putAll(environment);
        int port = port(environment.getOrDefault("LP_SERVER_SERVER_ADDRESS", ":0"));
        String probes = environment.get("LP_SERVER_WORKER_ADDRESS");
        return new ServerProcess(LoggedProcess.start(builder), port, probes == null ? port : port(probes));
    }

    private static int port(String address) {
        return Integer.parseInt(address.substring(address.indexOf(':') + 1));
    }

    /** Starts the server and waits until it is ready. */
    static ServerProcess ready(Map<String, String> environment) {
        return readyWithin(List.of(), environment);
    }

    /** Starts the server as the last arguments of a wrapper that executes it, and waits until it is ready. */
    static ServerProcess readyWithin(List<String> wrapper, Map<String, String> environment) {
        ServerProcess server = startWithin(wrapper, environment);
        Api api = server.probes();
        server.process.awaitWhileAlive("unit is ready", () -> api.readyStatus() == 200);
        return server;
    }

    int port() {
        return port;
    }

    Api api() {
        return new Api(port);
    }

    /** The API of this process only: on its own address for probes if it has one. */
    Api probes() {
        return new Api(probePort);
    }

    /** Sends a signal by its name, such as {@code STOP} or {@code CONT}. */
    void signal(String name) {
        process.signal(name);
    }

    /** Sends SIGTERM. */
    void terminate() {
        process.terminate();
    }

    /** Sends SIGKILL and waits for the end. */
    void kill() {
        process.kill();
    }

    /** Waits for the end. */
    int exitCode() {
        return process.exitCode();
    }

    /** The whole output up to now. */
    String output() {
        return process.output();
    }

    @Override
    public void close() {
        process.close();
    }
}
