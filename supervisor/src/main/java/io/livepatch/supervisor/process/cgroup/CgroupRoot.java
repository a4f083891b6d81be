package io.livepatch.supervisor.process.cgroup;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The cgroup that holds the cgroups of this JVM's workers, and {@code self}, which holds the process reaper and in version 2 also
 * the JVM:
 *
 * <pre>
 *   the cgroup this JVM was started in
 *   └ supervisor-PID-STARTTIME-NUMBER
 *     ├ self
 *     └ web-0.PID …
 * </pre>
 *
 * In version 2 a cgroup that enables a controller for its children must hold no process, hence the move.
 *
 * @param limits whether memory can be limited here
 */
record CgroupRoot(Path directory, Cgroup.Version version, boolean limits) {

    private static final Logger log = LoggerFactory.getLogger(CgroupRoot.class);

    private static final Pattern NAME = Pattern.compile("supervisor-(\\d+)-(\\d+)-\\d+");
    /** A JVM may have several supervisors, each with a reaper that removes its cgroup. */
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private static final String PROCS = "cgroup.procs";
    private static final String SUBTREE = "cgroup.subtree_control";
    private static final int FIELDS_BEFORE_START_TIME = 19;
    private static final int SWEEPS = 50;
    private static final int SWEEP_MILLIS = 20;

    /** Creates the root in {@code group} for the JVM that is {@code self} in {@code proc}. */
    static CgroupRoot create(Path proc, Path group, Cgroup.Version version) throws IOException {
        String pid = pid(proc);
        String prefix = "supervisor-%s-%s-".formatted(pid, startTime(proc.resolve("self")));
        Path base = base(group, prefix);
        sweep(proc, base, version);
        CgroupRoot root = new CgroupRoot(
                base.resolve(prefix + NUMBER.incrementAndGet()), version, version == Cgroup.Version.LEGACY);
        Files.createDirectories(root.self());
        return version == Cgroup.Version.LEGACY ? root : root.withMemory(base, pid);
    }

    /** The cgroup this JVM was started in; another supervisor of this JVM may have moved it into its {@code self}. */
    private static Path base(Path group, String prefix) {
        Path above = group.getParent();
        if (above == null || !group.endsWith("self")) {
            return group;
        }
        Path start = above.getParent();
        return start != null && above.getFileName().toString().startsWith(prefix) ? start : group;
    }

    private Path self() {
        return directory.resolve("self");
    }

    private CgroupRoot withMemory(Path base, String pid) throws IOException {
        if (!words(base.resolve("cgroup.controllers")).contains("memory")) {
            return this;
        }
        try {
            enableMemory(base);
        } catch (IOException occupied) {
            Files.writeString(self().resolve(PROCS), pid);
            try {
                enableMemory(base);
            } catch (IOException e) {
                log.debug("the cgroup '{}' holds other processes than this one", base, e);
                Files.writeString(base.resolve(PROCS), pid);
                return this;
            }
        }
        enableMemory(directory);
        return new CgroupRoot(directory, version, true);
    }

    private static void enableMemory(Path group) throws IOException {
        if (!words(group.resolve(SUBTREE)).contains("memory")) {
            Files.writeString(group.resolve(SUBTREE), "+memory");
        }
    }

    static List<String> words(Path file) throws IOException {
        return Files.exists(file) ? List.of(Files.readString(file).strip().split(" ", -1)) : List.of();
    }

    void discard() {
        new Cgroup(directory, version, OptionalLong.empty()).remove();
    }

    void addReaper(long pid) throws IOException {
        Files.writeString(self().resolve(PROCS), Long.toString(pid));
    }

    /** Creates a cgroup and moves a process into it. */
    Cgroup create(String name, long pid, OptionalLong memory) throws IOException {
        Path group = directory.resolve(name);
        Files.createDirectory(group);
        Cgroup taken = new Cgroup(group, version, memory);
        try {
            if (memory.isPresent()) {
                version.limitMemory(group, memory.getAsLong());
            }
            Files.writeString(group.resolve(PROCS), Long.toString(pid));
        } catch (IOException e) {
            taken.remove();
            throw e;
        }
        return taken;
    }

    /**
     * Removes the cgroups of supervisors that have ended, with all their processes, unless their reaper still runs: it may be waiting
     * for workers to end gracefully.
     */
    private static void sweep(Path proc, Path base, Cgroup.Version version) {
        try (DirectoryStream<Path> homes = Files.newDirectoryStream(base, "supervisor-*")) {
            for (Path home : homes) {
                String name = home.getFileName().toString();
                boolean orphaned = !isAlive(proc, name)
                        && new Cgroup(home.resolve("self"), version, OptionalLong.empty())
                                .members()
                                .isEmpty();
                if (orphaned) {
                    empty(new Cgroup(home, version, OptionalLong.empty()));
                }
            }
        } catch (IOException | InterruptedException e) {
            log.warn("cannot remove the cgroups of ended supervisors in '{}'", base, e);
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void empty(Cgroup stale) throws InterruptedException {
        List<ProcessHandle> left = stale.members();
        if (!left.isEmpty()) {
            log.warn("killing processes of an ended supervisor: {}", left);
        }
        stale.kill();
        for (int i = 0; i < SWEEPS && !stale.remove(); i++) {
            Thread.sleep(SWEEP_MILLIS);
            stale.kill();
        }
    }

    private static boolean isAlive(Path proc, String name) {
        var match = NAME.matcher(name);
        if (!match.matches()) {
            return true;
        }
        try {
            return startTime(proc.resolve(match.group(1))).equals(match.group(2));
        } catch (IOException gone) {
            return false;
        }
    }

    private static String pid(Path proc) throws IOException {
        return stat(proc.resolve("self")).split(" ", 2)[0];
    }

    /** In clock ticks since boot; pid and start time identify a process. */
    private static String startTime(Path process) throws IOException {
        String stat = stat(process);
        return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[FIELDS_BEFORE_START_TIME];
    }

    private static String stat(Path process) throws IOException {
        return Files.readString(process.resolve("stat"), StandardCharsets.ISO_8859_1);
    }
}
