package io.livepatch.supervisor.engine;

import static org.awaitility.Awaitility.await;

import io.livepatch.supervisor.Pool;
import io.livepatch.supervisor.WorkerInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Waits for and inspects real processes. */
final class TestProcesses {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private TestProcesses() {}

    static void untilReady(Pool pool) {
        await(pool.name() + " is ready").atMost(PATIENCE).until(pool::ready);
    }

    static void until(String what, java.util.concurrent.Callable<Boolean> condition) {
        await(what).atMost(PATIENCE).until(condition);
    }

    static long pid(Pool pool, int worker) {
        return pool.workers().stream()
                .filter(info -> info.number() == worker)
                .findFirst()
                .flatMap(WorkerInfo::pid)
                .orElseThrow();
    }

    /** Whether it has not ended; zombies have. */
    static boolean alive(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
            return !stat.substring(stat.lastIndexOf(')')).startsWith(") Z");
        } catch (IOException gone) {
            return false;
        }
    }

    static List<Long> session(long pid) {
        return ProcessHandle.allProcesses()
                .map(ProcessHandle::pid)
                .filter(TestProcesses::alive)
                .filter(other -> inSession(other, pid))
                .toList();
    }

    private static boolean inSession(long process, long session) {
        String stat = text(Path.of("/proc", Long.toString(process), "stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", 5);
        return fields.length == 5 && Long.parseLong(fields[3]) == session;
    }

    static void kill(String signal, long pid) {
        try {
            new ProcessBuilder("kill", "-s", signal, Long.toString(pid)).start().waitFor();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError("cannot send " + signal, e);
        }
    }

    static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException absent) {
            return "";
        }
    }
}
