package io.livepatch.charm.cli;

import io.livepatch.charm.exec.ExternalProgram;
import io.livepatch.charm.exec.PrivateFile;
import io.livepatch.charm.exec.ReleaseStore;
import io.livepatch.charm.wire.BuildId;
import io.livepatch.charm.wire.ModelDirectory;
import io.livepatch.common.socket.JsonServer;
import io.livepatch.supervisor.SupervisorException;
import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.supervisor.control.SupervisorClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tools.jackson.databind.json.JsonMapper;

/** The supervisor of a model: a daemon whose file has the controller as its only pool; the controller adds those of the units. */
final class SupervisorProcess {
    static final String CONTROLLER = "controller";

    /** More than a supervisor needs to notice that it hangs. */
    private static final Duration ANSWER = Duration.ofSeconds(6);
    /** Draining several applications one after the other. */
    private static final String STOP_TIMEOUT = "10m";

    private static final long MAX_LOG_BYTES = 10 << 20;

    private final ModelDirectory home;
    private final Map<String, String> environment;

    SupervisorProcess(ModelDirectory home, Map<String, String> environment) {
        this.home = home;
        this.environment = environment;
    }

    /**
     * A connection to the supervisor; empty if none runs.
     *
     * @throws CliException if it does not answer, or speaks another version of the protocol
     */
    Optional<SupervisorClient> connect() {
        if (!runs()) {
            return Optional.empty();
        }
        SupervisorClient client = SupervisorClient.open(home.supervisorSocket());
        try {
            client.awaitConnected(ANSWER);
            return Optional.of(client);
        } catch (SupervisorException e) {
            client.close();
            throw CliException.failed(e.getMessage() + frozen(home.supervisorSocket()));
        }
    }

    /** Whether a process listens at the control socket; it may hang. */
    boolean runs() {
        try (SocketChannel _ = SocketChannel.open(UnixDomainSocketAddress.of(home.supervisorSocket()))) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Whether its programs are files of this release. */
    boolean runsFrom(Path release) {
        return JsonServer.owner(home.supervisorSocket())
                .filter(pid -> ReleaseStore.runs(pid, release))
                .isPresent();
    }

    /** What to do about a process that listens at a socket and does not answer, as the end of a message. */
    static String frozen(Path socket) {
        return JsonServer.owner(socket)
                .map(pid ->
                        ". If process %d is stopped, continue it with: kill -CONT %d; otherwise end it with: kill -9 %d"
                                .formatted(pid, pid, pid))
                .orElse("");
    }

    /** The state of the controller's process, in words. */
    static String controllerState(SupervisorClient client) {
        return controller(client)
                .map(worker -> worker.state().name().toLowerCase(Locale.ROOT).replace('_', ' ')
                        + worker.lastExit()
                                .map(exit -> ", it ended last with " + exit)
                                .orElse(""))
                .orElse("unknown");
    }

    /** Whether the controller cannot run: it has ended with the exit code of a refused start. */
    static boolean controllerRefuses(SupervisorClient client) {
        return controller(client)
                .filter(worker -> !worker.state().present())
                .flatMap(WorkerInfo::lastExit)
                .filter(exit -> exit.code() == CliException.USAGE)
                .isPresent();
    }

    private static Optional<WorkerInfo> controller(SupervisorClient client) {
        return client.pool(CONTROLLER).flatMap(pool -> pool.workers().stream().findFirst());
    }

    /** Writes the supervisor's file for the controller of this build, and returns the file's former content. */
    Optional<String> writeFile() {
        Optional<String> before = PrivateFile.read(home.supervisorFile());
        PrivateFile.write(home.supervisorFile(), file());
        return before;
    }

    void restoreFile(String content) {
        PrivateFile.write(home.supervisorFile(), content);
    }

    /** JSON, which is YAML too and needs no care about special characters. */
    private String file() {
        List<String> command = program("controller", "io.livepatch.charm.local.ControllerMain", "-Xmx128m");
        Map<String, Object> controller = new LinkedHashMap<>();
        controller.put("name", CONTROLLER);
        controller.put("exec", command.getFirst());
        List<String> arguments = new ArrayList<>(command.subList(1, command.size()));
        arguments.add(home.toString());
        controller.put("args", arguments);
        // The build, so that the supervisor replaces the controller of another one although the command is the same.
        Map<String, String> variables = new LinkedHashMap<>();
        variables.put("LIVEPATCH_HOME", home.toString());
        variables.put("LIVEPATCH_BUILD", BuildId.id());
        Optional.ofNullable(environment.get("LIVEPATCH_DIST")).ifPresent(it -> variables.put("LIVEPATCH_DIST", it));
        variables.replaceAll((_, value) -> value.replace("${", "$${"));
        controller.put("env", variables);
        // For the report that a JVM writes when it crashes.
        controller.put("cwd", home.toString());
        controller.put("signal_timeout", STOP_TIMEOUT);
        controller.put("restart", Map.of("cap", "2s"));
        controller.put("recycle", Map.of("order", "stop-first"));
        controller.put("output", Map.of("file", home.controllerLog().toString()));
        return JsonMapper.builder()
                .build()
                .writerWithDefaultPrettyPrinter()
                .writeValueAsString(new LinkedHashMap<>(Map.of(
                        "admin", Map.of("enabled", false),
                        "control", Map.of("socket", home.supervisorSocket().toString()),
                        "balancer", Map.of("directory", home.units().toString()),
                        "shutdown", Map.of("deadline", STOP_TIMEOUT),
                        "exit_on_give_up", "never",
                        "supervisor", Map.of("workers", List.of(controller)))));
    }

    /** A script of this distribution; without one, as in tests, the class on this JVM's class path. */
    private List<String> program(String script, String mainClass, String memory) {
        Path file = Path.of(environment.getOrDefault("LIVEPATCH_DIST", "/nonexistent"), "bin", script);
        return Files.isExecutable(file)
                ? List.of(file.toString())
                : List.of(
                        Path.of(System.getProperty("java.home", ""), "bin", "java")
                                .toString(),
                        "-XX:+UseSerialGC",
                        memory,
                        "-cp",
                        System.getProperty("java.class.path", ""),
                        mainClass);
    }

    /**
     * Starts the service of systemd, or without one a supervisor in a session of its own (setsid), so that the terminal's signals do not
     * reach it.
     *
     * @return a process that ends with another exit code than 0 if there is no supervisor to wait for
     */
    Process launch() throws IOException {
        writeFile();
        if (Files.exists(home.supervisorLog()) && Files.size(home.supervisorLog()) > MAX_LOG_BYTES) {
            Files.move(
                    home.supervisorLog(),
                    home.root().resolve(home.supervisorLog().getFileName() + ".1"),
                    StandardCopyOption.REPLACE_EXISTING);
        }
        ProcessBuilder builder = new ProcessBuilder(systemctl("start").orElseGet(this::detached))
                .directory(home.root().toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(home.supervisorLog().toFile()))
                .redirectErrorStream(true);
        builder.environment().putAll(environment);
        return builder.start();
    }

    private List<String> detached() {
        List<String> command = new ArrayList<>(List.of("setsid"));
        command.addAll(program("supervisor", "io.livepatch.supervisor.cli.Main", "-Xmx64m"));
        command.addAll(List.of("--config", home.supervisorFile().toString()));
        return command;
    }

    /** The command for the service that {@code livepatch-systemd} has installed; empty if there is none. */
    private Optional<List<String>> systemctl(String verb) {
        return PrivateFile.read(home.systemdUnit())
                .map(unit -> ExternalProgram.isRoot()
                        ? List.of("systemctl", verb, unit.strip())
                        : List.of("systemctl", "--user", verb, unit.strip()));
    }

    /** Whether the supervisor is a service of systemd. */
    boolean ofSystemd() {
        return Files.exists(home.systemdUnit());
    }

    /**
     * Keeps systemd from starting an ended supervisor again, which it does after a pause.
     *
     * @return why that failed, as where no systemd runs
     */
    Optional<String> cancelRestart() {
        return systemctl("stop")
                .map(command -> ExternalProgram.of(command).run())
                .filter(output -> !output.ok())
                .map(ExternalProgram.Output::reason);
    }

    /** Whether a process has the right to be the supervisor; it may be starting. */
    boolean owned() {
        return JsonServer.owner(home.supervisorSocket())
                .flatMap(ProcessHandle::of)
                .isPresent();
    }

    /** Waits until the supervisor's process is gone, and with it all others. */
    void awaitEnd(long pid, Duration timeout) {
        ProcessHandle.of(pid).ifPresent(process -> {
            try {
                process.onExit().get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException | ExecutionException e) {
                throw CliException.failed("the supervisor of '" + home + "' (process " + pid + ") still runs after "
                        + timeout.toSeconds() + " s; see " + home.supervisorLog());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw CliException.failed("interrupted while the supervisor ends");
            }
        });
    }

    /** The last lines of a log, as the end of a message. */
    static String lastLines(Path log, int count) {
        try {
            List<String> lines = Files.exists(log) ? Files.readAllLines(log) : List.of();
            return String.join("; ", lines.subList(Math.max(0, lines.size() - count), lines.size())) + " (" + log + ")";
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read '" + log + "': " + e.getMessage(), e);
        }
    }
}
