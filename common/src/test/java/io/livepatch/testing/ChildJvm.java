package io.livepatch.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A test program in its own JVM that exchanges lines with the test. Killed when closed. */
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
     * @param program the class with the main method
     */
    public static ChildJvm start(Class<?> program, Object... arguments) throws IOException {
        return start(program, List.of(), List.of(), arguments);
    }

    /**
     * Starts a program.
     *
     * @param program the class with the main method
     * @param wrapper the command that executes the JVM; empty to start it directly
     * @param options of the JVM
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

    /** Reads the next line of its output. */
    public String line() throws IOException {
        String line = output.readLine();
        if (line == null) {
            throw new IOException("the child process ended, with exit code " + await());
        }
        return line;
    }

    /** Reads up to this line, and returns all lines including it. */
    public List<String> linesUpTo(String expected) throws IOException {
        List<String> lines = new ArrayList<>();
        do {
            lines.add(line());
        } while (!lines.getLast().equals(expected));
        return lines;
    }

    /** Reads the rest of its output, and waits for its end. */
    public List<String> rest() throws IOException {
        List<String> lines = new ArrayList<>();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            lines.add(line);
        }
        await();
        return lines;
    }

    /** Sends a line, for which the program waits. */
    public void proceed() throws IOException {
        input.write("go\n");
        input.flush();
    }

    /** Sends SIGKILL and waits for the end. */
    public void kill() {
        // Not Process.destroyForcibly, which discards output that was not read yet.
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
