package io.livepatch.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/**
 * A child process whose standard output and error go to a temporary file, so that it never waits for a reader; {@link ChildJvm} is for
 * programs that a test talks to. Killed when closed.
 */
public final class LoggedProcess implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    private final Process process;
    private final Path output;

    private LoggedProcess(Process process, Path output) {
        this.process = process;
        this.output = output;
    }

    /** Starts the command of a builder, whose output is redirected. */
    public static LoggedProcess start(ProcessBuilder builder) {
        try {
            Path output = Files.createTempFile("process", ".log");
            builder.redirectErrorStream(true).redirectOutput(output.toFile());
            return new LoggedProcess(builder.start(), output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The whole output up to now. */
    public String output() {
        try {
            return Files.readString(output, UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits for a condition; fails at once if the process ends before. */
    public void awaitWhileAlive(String alias, Callable<Boolean> condition) {
        await(alias).atMost(TIMEOUT).until(() -> {
            if (!process.isAlive()) {
                throw new AssertionError("the process ended: " + output());
            }
            return condition.call();
        });
    }

    /** Sends a signal by its name, such as {@code STOP} or {@code CONT}. */
    public void signal(String name) {
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
            throw interrupted(e);
        }
    }

    /** Sends SIGTERM. */
    public void terminate() {
        process.destroy();
    }

    /** Sends SIGKILL and waits for the end. */
    public void kill() {
        process.destroyForcibly();
        exitCode();
    }

    /** Waits for the end. */
    public int exitCode() {
        try {
            if (!process.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("the process did not end: " + output());
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static IllegalStateException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new IllegalStateException("interrupted while waiting for a child process", e);
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
