package io.livepatch.acceptance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;

/** Processes that are stopped by SIGSTOP, as hung ones are: their sockets accept, and nothing answers. Closing continues them. */
record FrozenProcesses(Set<Long> pids) implements AutoCloseable {
    FrozenProcesses {
        pids = Set.copyOf(pids);
    }

    static FrozenProcesses freeze(Set<Long> pids) throws IOException {
        FrozenProcesses frozen = new FrozenProcesses(pids);
        for (long pid : pids) {
            signal("STOP", pid);
        }
        return frozen;
    }

    /** Those that are still stopped; one that was killed may be a zombie for a while. */
    Set<Long> stopped() {
        return pids.stream().filter(pid -> state(pid) == 'T').collect(Collectors.toSet());
    }

    private static char state(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc", String.valueOf(pid), "stat"));
            return stat.charAt(stat.lastIndexOf(')') + 2);
        } catch (IOException _) {
            return 'X';
        }
    }

    private static void signal(String name, long pid) throws IOException {
        new ProcessBuilder("kill", "-" + name, String.valueOf(pid))
                .start()
                .onExit()
                .join();
    }

    @Override
    public void close() throws IOException {
        for (long pid : stopped()) {
            signal("CONT", pid);
        }
    }
}
