package io.livepatch.supervisor.debug;

import io.livepatch.supervisor.debug.Debugging.Requester;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs {@code jcmd} for a JVM, as that JVM's user, with a timeout: a JVM that is stopped or stuck never answers. Not thread-safe. */
final class Jcmd {

    private static final Duration POLL = Duration.ofMillis(200);
    private static final int MAX_MESSAGE = 500;

    private final Jvm jvm;
    private final Duration timeout;
    private final Path output;

    /** Writes the output of each command to that file. */
    Jcmd(Jvm jvm, Duration timeout, Path output) {
        this.jvm = jvm;
        this.timeout = timeout;
        this.output = output;
    }

    /** Runs a command; returns the file with its output, which the next command overwrites. */
    Path run(Requester requester, String... command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(commandLine(command))
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(output.toFile());
        builder.environment().clear();
        Process process = builder.start();
        try {
            await(process, requester);
        } finally {
            if (process.isAlive()) {
                process.destroyForcibly().waitFor();
                Files.deleteIfExists(attachFile());
            }
        }
        if (process.exitValue() != 0) {
            throw new DebugException.Failed("'%s' of process %d: %s".formatted(command[0], jvm.pid(), message()));
        }
        return output;
    }

    private List<String> commandLine(String... command) {
        List<String> line = new ArrayList<>();
        if (jvm.foreign()) {
            line.addAll(List.of("setpriv", "--reuid", "" + jvm.uid(), "--regid", "" + jvm.gid(), "--clear-groups"));
            line.addAll(List.of("--no-new-privs", "--"));
        }
        line.addAll(List.of(jvm.jcmd().toString(), Long.toString(jvm.pid())));
        line.addAll(List.of(command));
        return line;
    }

    private void await(Process process, Requester requester) throws InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (!process.waitFor(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
            if (requester.gone()) {
                throw new DebugException.Abandoned();
            }
            if (System.nanoTime() - deadline >= 0) {
                throw new DebugException.Stuck(
                        "process %d does not answer jcmd within %d s: it is stopped, or cannot reach a safepoint; send it QUIT, and read the threads in its output"
                                .formatted(jvm.pid(), timeout.toSeconds()));
            }
        }
    }

    /** The file that requests the JVM to open its attach socket; a jcmd that is killed leaves it in the worker's directory. */
    private Path attachFile() {
        return Path.of("/proc", Long.toString(jvm.pid()), "cwd", ".attach_pid" + jvm.pid());
    }

    private String message() throws IOException {
        try (InputStream in = Files.newInputStream(output)) {
            return new String(in.readNBytes(MAX_MESSAGE), StandardCharsets.UTF_8).strip();
        }
    }
}
