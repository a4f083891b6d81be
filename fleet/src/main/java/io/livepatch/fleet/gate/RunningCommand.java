package io.livepatch.fleet.gate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A command from its start to its end. If this program is told to end, it ends first. */
final class RunningCommand implements AutoCloseable {
    private static final Duration GRACE = Duration.ofSeconds(5);

    private final ProcessBuilder builder;
    private final Thread hook = new Thread(this::end, "end of the command");
    private @Nullable Process started;
    private boolean ended;

    RunningCommand(ProcessBuilder builder) {
        this.builder = builder;
    }

    /** Not if this program is ending. */
    void start() throws IOException {
        // First, since a program that is told to end between the two would leave the command behind.
        Runtime.getRuntime().addShutdownHook(hook);
        synchronized (this) {
            if (ended) {
                throw new IOException("the program is ending");
            }
            started = builder.start();
        }
    }

    /** Its exit status; none if it had to be ended. */
    OptionalInt await(Duration most) throws InterruptedException {
        Process process = process().orElseThrow();
        return process.waitFor(most.toNanos(), TimeUnit.NANOSECONDS)
                ? OptionalInt.of(process.exitValue())
                : OptionalInt.empty();
    }

    @Override
    public void close() {
        end();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException _) {
            // The program is ending already, and the hook does the same.
        }
    }

    private synchronized Optional<Process> process() {
        return Optional.ofNullable(started);
    }

    private void end() {
        synchronized (this) {
            ended = true;
        }
        process().filter(Process::isAlive).ifPresent(RunningCommand::end);
    }

    private static void end(Process process) {
        // Children first looked for, then told: those of a dead parent are nobody's.
        List<ProcessHandle> all = Stream.concat(
                        process.descendants().filter(child -> sameSession(child, process)),
                        Stream.of(process.toHandle()))
                .toList();
        all.forEach(ProcessHandle::destroy);
        CompletableFuture<?>[] ends = all.stream().map(ProcessHandle::onExit).toArray(CompletableFuture<?>[]::new);
        CompletableFuture.allOf(ends)
                .completeOnTimeout(null, GRACE.toMillis(), TimeUnit.MILLISECONDS)
                .join();
        all.forEach(ProcessHandle::destroyForcibly);
    }

    // What has made a session of its own, as a controller does, is to outlive its command, and an interrupt at the
    // terminal would not reach it.
    private static boolean sameSession(ProcessHandle child, Process process) {
        return session(child.pid()).equals(session(process.pid()));
    }

    private static Optional<String> session(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
            // After the name, which may itself have blanks and brackets: state, parent, group, session.
            return Optional.of(stat.substring(stat.lastIndexOf(')') + 2).split(" ", 5)[3]);
        } catch (IOException _) {
            return Optional.empty();
        }
    }
}
