package io.livepatch.charm.exec;

import io.livepatch.charm.api.CharmException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
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
 * A program that is run to its end. Secrets go through the environment or standard input, never through the arguments. It
 * dies with the thread that runs it, and after its time-out.
 *
 * @param user whom to run as; only root may ask for it
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

    /** How it ended and what it said. */
    public record Output(int exit, String stdout, String stderr) {
        public boolean ok() {
            return exit == 0;
        }

        /** The last line of what it complained about, or of what it said: short enough for a status. */
        public String reason() {
            String said = stderr.isBlank() ? stdout : stderr;
            return said.strip().lines().reduce((first, last) -> last).orElse("exit code " + exit);
        }
    }

    /** Runs it, and throws when it does not end with 0. */
    public Output runOrThrow() {
        Output output = run();
        if (!output.ok()) {
            throw new CharmException(name() + " failed with exit code " + output.exit() + ": " + output.reason());
        }
        return output;
    }

    /**
     * Runs it.
     *
     * @throws CharmException when it cannot be started, or took too long and was killed
     */
    public Output run() {
        return execute(ExternalProgram::readAll);
    }

    /** Runs it, and hands on each line that it prints on its standard output, when it does, on a thread that reads. */
    public Output run(Consumer<String> line) {
        return execute(in -> readLines(in, line));
    }

    /** How standard output is read. */
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
        // Both pipes are read at once: a program that fills one while we wait on the other would never end.
        FutureTask<String> stdout = read(process.getInputStream(), reading);
        FutureTask<String> stderr = read(process.getErrorStream(), ExternalProgram::readAll);
        try (OutputStream stdin = process.getOutputStream()) {
            stdin.write(input.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // It ended without reading all; how it ended says why.
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
            // The program dies with our thread: nothing half done goes on behind a dead controller.
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
}
