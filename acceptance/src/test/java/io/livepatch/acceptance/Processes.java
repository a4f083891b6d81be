package io.livepatch.acceptance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The processes of one model: those with its state directory on the command line or as working directory. */
final class Processes {
    private Processes() {}

    /** Pid and command line of every process of the model. */
    static Set<String> of(Path home) {
        long self = ProcessHandle.current().pid();
        try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
            return all.filter(process -> process.pid() != self)
                    .map(ProcessHandle::pid)
                    .flatMap(pid -> describe(pid, home).stream())
                    .collect(Collectors.toSet());
        }
    }

    /** Waits until the set of processes is unchanged for a second, since checks and SQL statements run in short-lived ones. */
    static Set<String> stable(Path home) {
        AtomicReference<Set<String>> seen = new AtomicReference<>(Set.of());
        await("no process comes or goes")
                .during(Duration.ofSeconds(1))
                .atMost(Duration.ofMinutes(1))
                .until(() -> {
                    Set<String> now = of(home);
                    return now.equals(seen.getAndSet(now));
                });
        return seen.get();
    }

    /**
     * The pid of the process whose command line contains {@code text}; of several, the one that started first. Pids wrap around, so
     * the start time decides.
     */
    static long pid(Path home, String text) {
        return of(home).stream()
                .filter(line -> line.contains(text))
                .map(line -> Long.parseLong(line.substring(0, line.indexOf(' '))))
                .min(Comparator.comparing(Processes::startOf).thenComparing(Comparator.naturalOrder()))
                .orElseThrow(() -> new AssertionError("no process with '" + text + "' among " + of(home)));
    }

    private static Instant startOf(long pid) {
        return ProcessHandle.of(pid)
                .flatMap(process -> process.info().startInstant())
                .orElse(Instant.MAX);
    }

    private static Optional<String> describe(long pid, Path home) {
        Path proc = Path.of("/proc", String.valueOf(pid));
        try {
            String command = Files.readString(proc.resolve("cmdline"), UTF_8).replace('\0', ' ');
            boolean names = command.contains(home.toString());
            boolean worksIn = !command.isEmpty()
                    && Files.readSymbolicLink(proc.resolve("cwd")).startsWith(home);
            return names || worksIn ? Optional.of(pid + " " + command) : Optional.empty();
        } catch (IOException e) {
            // The process ended meanwhile.
            return Optional.empty();
        }
    }
}
