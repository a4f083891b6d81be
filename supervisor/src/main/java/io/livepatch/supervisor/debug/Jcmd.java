package io.livepatch.supervisor.debug;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs {@code jcmd} for a JVM, as that JVM's user, and never waits for long: a JVM that is stopped or stuck never answers. */
final class Jcmd {

    private static final Duration STEP = Duration.ofMillis(200);
    private static final int MESSAGE = 500;

    private final Jvm jvm;
    private final Duration patience;
    private final Path output;

    /**
     * One call after the other.
     *
     * @param output where the answer of the latest call is
     */
    Jcmd(Jvm jvm, Duration patience, Path output) {
        this.jvm = jvm;
        this.patience = patience;
        this.output = output;
    }

    /** The answer, as a file that the next call overwrites. */
    Path run(Requester requester, String... command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(line(command))
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
                Files.deleteIfExists(trigger());
            }
        }
        if (process.exitValue() != 0) {
            throw new DebugException.Failed("'%s' of process %d: %s".formatted(command[0], jvm.pid(), said()));
        }
        return output;
    }

    private List<String> line(String... command) {
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
        long deadline = System.nanoTime() + patience.toNanos();
        while (!process.waitFor(STEP.toMillis(), TimeUnit.MILLISECONDS)) {
            if (requester.gone()) {
                throw new DebugException.Abandoned();
            }
            if (System.nanoTime() - deadline >= 0) {
                throw new DebugException.Stuck(
                        "process %d does not answer jcmd within %d s: it is stopped, or cannot reach a safepoint; send it QUIT, and see its output for the threads"
                                .formatted(jvm.pid(), patience.toSeconds()));
            }
        }
    }

    /** What asks the JVM to open its socket; a jcmd that is killed leaves it in the worker's directory. */
    private Path trigger() {
        return Path.of("/proc", Long.toString(jvm.pid()), "cwd", ".attach_pid" + jvm.pid());
    }

    private String said() throws IOException {
        try (InputStream in = Files.newInputStream(output)) {
            return new String(in.readNBytes(MESSAGE), StandardCharsets.UTF_8).strip();
        }
    }
}
