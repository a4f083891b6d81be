package io.livepatch.acceptance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;

/** Processes stopped by SIGSTOP: like hung ones, their sockets accept connections and never answer. Closing continues them. */
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

    /** The processes that are still stopped; a killed one may be a zombie until it is reaped. */
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
