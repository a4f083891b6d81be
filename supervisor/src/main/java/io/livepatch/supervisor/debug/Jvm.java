package io.livepatch.supervisor.debug;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A JVM among the processes of a worker.
 *
 * @param uid the effective user, who owns its attach socket
 * @param jcmd the program of its own JDK if that has one, else of the supervisor's
 */
record Jvm(long pid, int uid, int gid, Path jcmd) {

    private static final Path PROC = Path.of("/proc");

    /**
     * The worker's process itself, or its first descendant that is a JVM: start scripts often wait for the JVM.
     *
     * @throws DebugException.NotPossible if there is none
     */
    static Jvm of(long worker) {
        Stream<Long> descendants = ProcessHandle.of(worker).stream()
                .flatMap(ProcessHandle::descendants)
                .map(ProcessHandle::pid);
        long pid = Stream.concat(Stream.of(worker), descendants)
                .filter(Jvm::isJvm)
                .findFirst()
                .orElseThrow(() -> new DebugException.NotPossible(
                        "neither process %d nor one below it is a JVM; if it serves a /debug of its own, use …/debug"
                                .formatted(worker)));
        Jvm jvm = new Jvm(pid, id(pid, "Uid:"), id(pid, "Gid:"), jcmdOf(pid));
        if (jvm.foreign() && ownUid() != 0) {
            throw new DebugException.NotPossible(
                    "process %d runs as user %d; only that user and root may inspect it".formatted(pid, jvm.uid));
        }
        return jvm;
    }

    /** Whether it runs as another user than the supervisor. */
    boolean foreign() {
        return uid != ownUid();
    }

    private static int ownUid() {
        return id(ProcessHandle.current().pid(), "Uid:");
    }

    private static boolean isJvm(long pid) {
        try (Stream<String> maps = Files.lines(proc(pid, "maps"))) {
            return maps.anyMatch(line -> line.endsWith("/libjvm.so"));
        } catch (IOException | UncheckedIOException e) {
            return false;
        }
    }

    private static Path jcmdOf(long pid) {
        return jcmdBesideJava(pid)
                .or(() -> executable(Path.of(System.getProperty("java.home"), "bin", "jcmd")))
                .orElseThrow(() -> new DebugException.NotPossible(
                        "there is no 'jcmd' beside the worker's java or the supervisor's; install a JDK"));
    }

    private static Optional<Path> jcmdBesideJava(long pid) {
        try {
            return executable(Files.readSymbolicLink(proc(pid, "exe")).resolveSibling("jcmd"));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static Optional<Path> executable(Path path) {
        return Files.isRegularFile(path) && Files.isExecutable(path) ? Optional.of(path) : Optional.empty();
    }

    /** The effective id in a line such as {@code Uid: real effective saved filesystem}. */
    private static int id(long pid, String key) {
        try (Stream<String> status = Files.lines(proc(pid, "status"))) {
            return status.filter(line -> line.startsWith(key))
                    .map(line -> Integer.parseUnsignedInt(line.split("\\s+", -1)[2]))
                    .findFirst()
                    .orElseThrow();
        } catch (IOException | UncheckedIOException e) {
            throw new DebugException.NotPossible("process %d has just ended; try again".formatted(pid));
        }
    }

    private static Path proc(long pid, String file) {
        return PROC.resolve(Long.toString(pid)).resolve(file);
    }
}
