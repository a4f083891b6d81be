package io.livepatch.charm.testing;

import io.livepatch.charm.cli.Cli;
import io.livepatch.charm.exec.ExternalProgram;
import io.livepatch.common.file.FileTrees;
import io.livepatch.testing.JavaCommand;
import io.livepatch.testing.Requires;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A separate local model: a home with a short path, an unused subnet, and a real controller process. */
public final class LocalModel implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();

    private final Path root;
    private final Map<String, String> environment = new LinkedHashMap<>(System.getenv());

    /** The result of a command. */
    public record Outcome(int exit, String out, String err) {
        public Outcome expectSuccess() {
            if (exit != 0) {
                throw new AssertionError("exit " + exit + "\n" + out + "\n" + err);
            }
            return this;
        }

        public JsonNode json() {
            return JSON.readTree(expectSuccess().out());
        }

        public String said() {
            return out + err;
        }
    }

    public LocalModel(String subnet) {
        try {
            // Not the build's directory: sockets need short paths, and the user postgres must be able to enter.
            root = Files.createTempDirectory(Path.of("/tmp"), "lp");
            Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwx--x--x"));
            environment.put("LIVEPATCH_HOME", home().toString());
            environment.put("LIVEPATCH_SUBNET", subnet);
            environment.put("LIVEPATCH_DIST", root.resolve("dist").toString());
            Files.createDirectories(root.resolve("dist"));
            Files.writeString(root.resolve("dist").resolve("RELEASE"), "test\n");
            environment.put("LIVEPATCH_METRICS_PORT", "off");
            script("livepatch-server", "exec " + JavaCommand.quoted(standInServer()) + " \"$@\"");
            script(
                    "livepatch-schema-tool",
                    "test -n \"$LP_DATABASE_CONNECTION_STRING\" && echo 'schema is at version 1'");
            useOtherBuild(false);
            script(
                    "supervisor",
                    "exec "
                            + JavaCommand.quoted(JavaCommand.program(
                                    "io.livepatch.supervisor.cli.Main",
                                    "-Xmx64m",
                                    "-Dlogback.configurationFile=supervisor-logback.xml"))
                            + " \"$@\"");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Root's model runs it as another user. */
    private List<String> standInServer() throws IOException {
        return new Requires.Root().missing().isPresent()
                ? JavaCommand.testProgram(StandInServer.class, "-Xmx32m")
                : JavaCommand.testProgramForAnyUser(root.resolve("classes"), StandInServer.class, "-Xmx32m");
    }

    /** From its next start on, the controller is of the build that the commands are of, or of another one: the same jar with an entry more. */
    public void useOtherBuild(boolean other) {
        List<String> command =
                new ArrayList<>(JavaCommand.program("io.livepatch.charm.local.ControllerMain", "-Xmx128m"));
        if (other) {
            command.replaceAll(argument -> Stream.of(argument.split(":"))
                    .map(entry -> entry.endsWith("charm-actions.jar") ? withOneMoreEntry(Path.of(entry)) : entry)
                    .collect(Collectors.joining(":")));
        }
        try {
            script("controller", "exec " + JavaCommand.quoted(command) + " \"$@\"");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String withOneMoreEntry(Path jar) {
        Path copy = root.resolve(String.valueOf(jar.getFileName()));
        try (FileSystem zip =
                FileSystems.newFileSystem(Files.copy(jar, copy, StandardCopyOption.REPLACE_EXISTING), Map.of())) {
            Files.writeString(zip.getPath("other-build"), "");
            return copy.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The environment of a command-line process. */
    public Map<String, String> environment() {
        return Map.copyOf(environment);
    }

    public Path home() {
        return root.resolve("h");
    }

    /** Writes a script of the release, and of the model's copy if there is one. */
    private void script(String name, String text) throws IOException {
        Path copied = home().resolve("releases/test/bin");
        Path built = Files.createDirectories(root.resolve("dist/bin"));
        for (Path directory : Files.exists(copied) ? List.of(built, copied) : List.of(built)) {
            Path script = directory.resolve(name);
            Files.writeString(script, "#!/bin/sh\n" + text + "\n");
            Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }

    public Outcome juju(String... arguments) {
        return jujuWithInput("", arguments);
    }

    /** Runs a command on a terminal with this answer to its question. */
    public Outcome jujuAnswering(String answer, String... arguments) {
        return juju(true, answer + "\n", arguments);
    }

    /** Runs a command as a process of its own. */
    public Outcome jujuProcess(String... arguments) {
        List<String> command = new ArrayList<>(JavaCommand.program("io.livepatch.charm.JujuMain"));
        command.addAll(List.of(arguments));
        ExternalProgram program = ExternalProgram.of(command).withTimeout(Duration.ofMinutes(1));
        for (Map.Entry<String, String> variable : environment.entrySet()) {
            program = program.withEnvironment(variable.getKey(), variable.getValue());
        }
        ExternalProgram.Output output = program.run();
        return new Outcome(output.exit(), output.stdout(), output.stderr());
    }

    public Outcome jujuWithInput(String input, String... arguments) {
        return juju(false, input, arguments);
    }

    private Outcome juju(boolean terminal, String input, String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int exit = Cli.run(
                environment,
                terminal,
                new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                arguments);
        return new Outcome(exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /** The processes of this model: those whose command line names its home. */
    public List<ProcessHandle> processes() {
        return ProcessHandle.allProcesses()
                .filter(process -> commandLine(process).contains(home().toString()))
                .toList();
    }

    public List<ProcessHandle> processes(String word) {
        return processes().stream()
                .filter(process -> commandLine(process).contains(word))
                .toList();
    }

    public Optional<ProcessHandle> process(String word) {
        return processes(word).stream().min(Comparator.comparingLong(ProcessHandle::pid));
    }

    private static String commandLine(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc", String.valueOf(process.pid()), "cmdline"))
                    .replace('\0', ' ');
        } catch (IOException e) {
            // It ended meanwhile.
            return "";
        }
    }

    @Override
    public void close() {
        juju("destroy-model", "--no-prompt");
        processes().forEach(ProcessHandle::destroyForcibly);
        FileTrees.delete(root);
    }
}
