package io.livepatch.supervisor.process.cgroup;

import io.livepatch.supervisor.process.cgroup.Cgroup.CgroupVersion;
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
 * The group that holds the groups of one JVM's workers, and beside them {@code self}, in which its warden is, and in version 2
 * the JVM too:
 *
 * <pre>
 *   the group this JVM was started in
 *   └ supervisor-PID-STARTTIME-NUMBER
 *     ├ self
 *     └ web-0.PID …
 * </pre>
 *
 * In version 2 a group that hands a controller down must hold no process, hence the move.
 *
 * @param limits whether memory can be limited here
 */
record CgroupRoot(Path directory, CgroupVersion version, boolean limits) {

    private static final Logger log = LoggerFactory.getLogger(CgroupRoot.class);

    private static final Pattern NAME = Pattern.compile("supervisor-(\\d+)-(\\d+)-\\d+");
    /** A JVM may have several, each with a warden that removes it. */
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private static final String PROCS = "cgroup.procs";
    private static final String SUBTREE = "cgroup.subtree_control";
    private static final int FIELDS_BEFORE_START_TIME = 19;
    private static final int SWEEPS = 50;
    private static final int SWEEP_MILLIS = 20;

    /** Made for the JVM that is {@code self} in {@code proc}, in the group that it is in. */
    static CgroupRoot make(Path proc, Path group, CgroupVersion version) throws IOException {
        String pid = pid(proc);
        String mine = "supervisor-%s-%s-".formatted(pid, startTime(proc.resolve("self")));
        Path base = base(group, mine);
        sweep(proc, base, version);
        CgroupRoot home =
                new CgroupRoot(base.resolve(mine + NUMBER.incrementAndGet()), version, version == CgroupVersion.LEGACY);
        Files.createDirectories(home.self());
        return version == CgroupVersion.LEGACY ? home : home.withMemory(base, pid);
    }

    /** Where this JVM was started: another home of its may have moved it since. */
    private static Path base(Path group, String mine) {
        Path above = group.getParent();
        if (above == null || !group.endsWith("self")) {
            return group;
        }
        Path start = above.getParent();
        return start != null && above.getFileName().toString().startsWith(mine) ? start : group;
    }

    private Path self() {
        return directory.resolve("self");
    }

    private CgroupRoot withMemory(Path base, String pid) throws IOException {
        if (!words(base.resolve("cgroup.controllers")).contains("memory")) {
            return this;
        }
        try {
            handDown(base);
        } catch (IOException occupied) {
            Files.writeString(self().resolve(PROCS), pid);
            try {
                handDown(base);
            } catch (IOException e) {
                log.debug("'{}' holds other processes than this one", base, e);
                Files.writeString(base.resolve(PROCS), pid);
                return this;
            }
        }
        handDown(directory);
        return new CgroupRoot(directory, version, true);
    }

    private static void handDown(Path group) throws IOException {
        if (!words(group.resolve(SUBTREE)).contains("memory")) {
            Files.writeString(group.resolve(SUBTREE), "+memory");
        }
    }

    private static List<String> words(Path file) throws IOException {
        return Files.exists(file) ? List.of(Files.readString(file).strip().split(" ", -1)) : List.of();
    }

    /** Another was found to be better. */
    void discard() {
        new Cgroup(directory, version, OptionalLong.empty()).remove();
    }

    void shelter(long pid) throws IOException {
        Files.writeString(self().resolve(PROCS), Long.toString(pid));
    }

    /** A new group with this process in it. */
    Cgroup take(String name, long pid, OptionalLong memory) throws IOException {
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
     * Kills and removes what supervisors left that are gone, their wardens too: a warden that lives may be giving workers the time to
     * end that they were promised.
     */
    private static void sweep(Path proc, Path base, CgroupVersion version) {
        try (DirectoryStream<Path> homes = Files.newDirectoryStream(base, "supervisor-*")) {
            for (Path home : homes) {
                String name = home.getFileName().toString();
                boolean orphaned = !lives(proc, name)
                        && new Cgroup(home.resolve("self"), version, OptionalLong.empty())
                                .members()
                                .isEmpty();
                if (orphaned) {
                    empty(new Cgroup(home, version, OptionalLong.empty()));
                }
            }
        } catch (IOException | InterruptedException e) {
            log.warn("cannot look for cgroups that dead supervisors left in '{}'", base, e);
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void empty(Cgroup stale) throws InterruptedException {
        List<ProcessHandle> left = stale.members();
        if (!left.isEmpty()) {
            log.warn("killing what a supervisor left that is gone: {}", left);
        }
        stale.kill();
        for (int i = 0; i < SWEEPS && !stale.remove(); i++) {
            Thread.sleep(SWEEP_MILLIS);
            stale.kill();
        }
    }

    private static boolean lives(Path proc, String name) {
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

    /** In clock ticks since boot; with it, a pid is one process for ever. */
    private static String startTime(Path process) throws IOException {
        String stat = stat(process);
        return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[FIELDS_BEFORE_START_TIME];
    }

    private static String stat(Path process) throws IOException {
        return Files.readString(process.resolve("stat"), StandardCharsets.ISO_8859_1);
    }
}
