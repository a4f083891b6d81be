package io.livepatch.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A program of a test's in a JVM of its own, talked to in lines. Killed when closed. */
public final class ChildJvm implements AutoCloseable {
    private final Process process;
    private final BufferedReader output;
    private final BufferedWriter input;

    private ChildJvm(Process process) {
        this.process = process;
        this.output = process.inputReader(UTF_8);
        this.input = process.outputWriter(UTF_8);
    }

    /**
     * Starts a program.
     *
     * @param program has the main method
     */
    public static ChildJvm start(Class<?> program, Object... arguments) throws IOException {
        return start(program, List.of(), List.of(), arguments);
    }

    /**
     * Starts a program.
     *
     * @param program has the main method
     * @param wrapper what runs the JVM, if it is not run as it is
     * @param options for the JVM
     */
    public static ChildJvm start(Class<?> program, List<String> wrapper, List<String> options, Object... arguments)
            throws IOException {
        List<String> command = new ArrayList<>(wrapper);
        command.addAll(JavaCommand.testProgram(program, options.toArray(String[]::new)));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        return new ChildJvm(new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    /** The next line it prints. */
    public String line() throws IOException {
        String line = output.readLine();
        if (line == null) {
            throw new IOException("the child process ended, with exit code " + await());
        }
        return line;
    }

    /** Reads until it prints this line; answers all lines up to it. */
    public List<String> linesUpTo(String expected) throws IOException {
        List<String> lines = new ArrayList<>();
        do {
            lines.add(line());
        } while (!lines.getLast().equals(expected));
        return lines;
    }

    /** Waits for its end; answers what it had printed and nobody had read. */
    public List<String> rest() throws IOException {
        List<String> lines = new ArrayList<>();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            lines.add(line);
        }
        await();
        return lines;
    }

    /** Lets it go on, where it waits to be told. */
    public void proceed() throws IOException {
        input.write("go\n");
        input.flush();
    }

    /** SIGKILL; returns when it is gone. */
    public void kill() {
        // Not Process.destroyForcibly, which throws away what was printed and not yet read.
        process.toHandle().destroyForcibly();
        await();
    }

    private int await() {
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the child process " + process.pid() + " does not end");
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a child process ends", e);
        }
    }

    @Override
    public void close() {
        kill();
    }
}
