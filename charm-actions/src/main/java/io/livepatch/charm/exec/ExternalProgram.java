package io.livepatch.charm.exec;

import io.livepatch.charm.api.CharmException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A program that runs to its end. Secrets belong into the environment or standard input, never into the arguments. The program is
 * killed when the calling thread dies, and after a time-out.
 *
 * @param user the user to run as; needs root
 */
public record ExternalProgram(
        List<String> arguments,
        Map<String, String> environment,
        String input,
        Optional<String> user,
        Duration timeout) {

    private static final boolean HAS_SETPRIV = Files.isExecutable(Path.of("/usr/bin/setpriv"));

    public ExternalProgram {
        arguments = List.copyOf(arguments);
        environment = Map.copyOf(environment);
    }

    /** The program's path only, since the environment and the input may hold secrets. */
    @Override
    public String toString() {
        return arguments.getFirst();
    }

    public static ExternalProgram of(String... arguments) {
        return of(List.of(arguments));
    }

    public static ExternalProgram of(List<String> arguments) {
        return new ExternalProgram(arguments, Map.of(), "", Optional.empty(), Duration.ofSeconds(60));
    }

    public ExternalProgram withEnvironment(String key, String value) {
        Map<String, String> all = new LinkedHashMap<>(environment);
        all.put(key, value);
        return new ExternalProgram(arguments, all, input, user, timeout);
    }

    public ExternalProgram withInput(String input) {
        return new ExternalProgram(arguments, environment, input, user, timeout);
    }

    public ExternalProgram withTimeout(Duration timeout) {
        return new ExternalProgram(arguments, environment, input, user, timeout);
    }

    public ExternalProgram as(Optional<String> user) {
        return new ExternalProgram(arguments, environment, input, user, timeout);
    }

    /** Exit code and output. */
    public record Output(int exit, String stdout, String stderr) {
        public boolean ok() {
            return exit == 0;
        }

        /** The last line of standard error, or else of standard output: short enough for a status. */
        public String reason() {
            String output = stderr.isBlank() ? stdout : stderr;
            return output.strip().lines().reduce((first, last) -> last).orElse("exit code " + exit);
        }
    }

    public Output runOrThrow() {
        Output output = run();
        if (!output.ok()) {
            throw new CharmException(name() + " failed with exit code " + output.exit() + ": " + output.reason());
        }
        return output;
    }

    /**
     * Runs the program.
     *
     * @throws CharmException if it cannot be started, or was killed after the time-out
     */
    public Output run() {
        return execute(ExternalProgram::readAll);
    }

    /** Runs the program, and calls {@code line} with each line of its standard output as it is printed, on another thread. */
    public Output run(Consumer<String> line) {
        return execute(in -> readLines(in, line));
    }

    @FunctionalInterface
    private interface OutputReader {
        String of(InputStream in) throws IOException;
    }

    private Output execute(OutputReader stdout) {
        ProcessBuilder builder =
                new ProcessBuilder(commandLine()).directory(Path.of("/").toFile());
        builder.environment().putAll(environment);
        builder.environment().put("LC_ALL", "C.UTF-8");
        try {
            Process process = builder.start();
            try {
                return await(process, stdout);
            } finally {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
        } catch (IOException e) {
            throw new CharmException("cannot run " + name() + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CharmException(name() + " was interrupted", e);
        }
    }

    private Output await(Process process, OutputReader reading) throws IOException, InterruptedException {
        // Both pipes are read concurrently: a program would block forever on a full one.
        FutureTask<String> stdout = read(process.getInputStream(), reading);
        FutureTask<String> stderr = read(process.getErrorStream(), ExternalProgram::readAll);
        try (OutputStream stdin = process.getOutputStream()) {
            stdin.write(input.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // The program ended without reading all its input; its exit code says why.
            if (process.isAlive() && !process.waitFor(1, TimeUnit.SECONDS)) {
                throw e;
            }
        }
        if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new CharmException(name() + " did not end within " + timeout.toSeconds() + " s and was killed");
        }
        try {
            return new Output(process.exitValue(), stdout.get(), stderr.get());
        } catch (ExecutionException e) {
            throw new IOException("cannot read the output", e.getCause());
        }
    }

    private static String readAll(InputStream in) throws IOException {
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }

    private static String readLines(InputStream in, Consumer<String> line) throws IOException {
        StringBuilder all = new StringBuilder();
        BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        for (String next = reader.readLine(); next != null; next = reader.readLine()) {
            line.accept(next);
            all.append(next).append('\n');
        }
        return all.toString();
    }

    private static FutureTask<String> read(InputStream in, OutputReader reading) {
        FutureTask<String> task = new FutureTask<>(() -> reading.of(in));
        Thread.ofVirtual().start(task);
        return task;
    }

    private List<String> commandLine() {
        List<String> all = new ArrayList<>();
        if (HAS_SETPRIV) {
            // Parent death signal: no program continues after a crash of the controller.
            all.addAll(List.of("/usr/bin/setpriv", "--pdeathsig", "KILL"));
            user.ifPresent(name -> all.addAll(List.of("--reuid=" + name, "--regid=" + name, "--init-groups")));
            all.add("--");
        } else if (user.isPresent()) {
            throw new CharmException("cannot run " + name() + " as '" + user.get()
                    + "': /usr/bin/setpriv is missing; install util-linux");
        }
        all.addAll(arguments);
        return all;
    }

    private String name() {
        return String.valueOf(Path.of(arguments.getFirst()).getFileName());
    }

    /** Whether this process runs as root, so that it can run programs as other users. */
    public static boolean isRoot() {
        try {
            return Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the user of this process: /proc/self cannot be read", e);
        }
    }
}
