package io.livepatch.fleet.gate;

import io.livepatch.common.config.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The command that a gate runs under load. It inherits the terminal, but no secret of the fleet.
 *
 * @param environment to inherit, without variables of the fleet
 * @param secrets in use; variables that contain one are removed
 */
public record GatedCommand(List<String> words, Map<String, String> environment, Collection<Secret> secrets) {
    public GatedCommand {
        words = List.copyOf(words);
        environment = Map.copyOf(environment);
        secrets = List.copyOf(secrets);
        if (words.isEmpty()) {
            throw new IllegalArgumentException("no command was given, expected one after '--'");
        }
    }

    RunningCommand prepare() {
        ProcessBuilder builder = new ProcessBuilder(words).inheritIO();
        builder.environment().clear();
        builder.environment().putAll(environment);
        builder.environment().entrySet().removeIf(it -> isOwn(it.getKey()) || containsSecret(it.getValue()));
        return new RunningCommand(builder);
    }

    String text() {
        return String.join(" ", words);
    }

    private static boolean isOwn(String name) {
        return name.startsWith("FLEET_") || name.startsWith("MOBU_");
    }

    private boolean containsSecret(String value) {
        return secrets.stream().anyMatch(it -> value.contains(it.reveal()));
    }

    /** The process of the command; a shutdown of this program kills it first. */
    static final class RunningCommand implements AutoCloseable {
        private static final Duration GRACE = Duration.ofSeconds(5);

        private final ProcessBuilder builder;
        private final Thread hook = new Thread(this::end, "command shutdown");
        private @Nullable Process started;
        private boolean ended;

        RunningCommand(ProcessBuilder builder) {
            this.builder = builder;
        }

        /** Starts the process, unless this program is shutting down. */
        void start() throws IOException {
            // Before the start, since a shutdown in between would leave the process behind.
            Runtime.getRuntime().addShutdownHook(hook);
            synchronized (this) {
                if (ended) {
                    throw new IOException("the program is shutting down");
                }
                started = builder.start();
            }
        }

        /** Returns the exit status, or nothing after the timeout. */
        OptionalInt await(Duration timeout) throws InterruptedException {
            Process process = process().orElseThrow();
            return process.waitFor(timeout.toNanos(), TimeUnit.NANOSECONDS)
                    ? OptionalInt.of(process.exitValue())
                    : OptionalInt.empty();
        }

        @Override
        public void close() {
            end();
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException _) {
                // The program is shutting down, and the hook does the same.
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
            // Lists the descendants first, since those of a dead parent cannot be found any more.
            List<ProcessHandle> all = Stream.concat(
                            process.descendants().filter(child -> sameSession(child, process)),
                            Stream.of(process.toHandle()))
                    .toList();
            all.forEach(ProcessHandle::destroy);
            CompletableFuture<?>[] ends =
                    all.stream().map(ProcessHandle::onExit).toArray(CompletableFuture<?>[]::new);
            CompletableFuture.allOf(ends)
                    .completeOnTimeout(null, GRACE.toMillis(), TimeUnit.MILLISECONDS)
                    .join();
            all.forEach(ProcessHandle::destroyForcibly);
        }

        // A descendant with its own session, such as a controller, outlives the command, as it would after an interrupt
        // at the terminal.
        private static boolean sameSession(ProcessHandle child, Process process) {
            return session(child.pid()).equals(session(process.pid()));
        }

        private static Optional<String> session(long pid) {
            try {
                String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
                // Fields after the name, which may contain blanks and brackets: state, parent, group, session.
                return Optional.of(stat.substring(stat.lastIndexOf(')') + 2).split(" ", 5)[3]);
            } catch (IOException _) {
                return Optional.empty();
            }
        }
    }
}
