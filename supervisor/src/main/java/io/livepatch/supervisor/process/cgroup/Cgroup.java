package io.livepatch.supervisor.process.cgroup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The group of one worker: its process and every descendant, groups that these make in it included. */
public final class Cgroup {

    private static final Logger log = LoggerFactory.getLogger(Cgroup.class);

    private static final int MEBIBYTE = 20;

    private final Path directory;
    private final CgroupVersion version;
    private final OptionalLong limit;

    Cgroup(Path directory, CgroupVersion version, OptionalLong limit) {
        this.directory = directory;
        this.version = version;
        this.limit = limit;
    }

    /** Within the home of all groups of this JVM. */
    public String name() {
        return directory.getFileName().toString();
    }

    /** Those alive: the kernel lists no zombie. */
    public List<ProcessHandle> members() {
        return directories().stream()
                .flatMap(group -> pids(group).stream())
                .flatMap(pid -> ProcessHandle.of(pid).stream())
                .toList();
    }

    private static List<Long> pids(Path group) {
        try {
            return Files.readAllLines(group.resolve("cgroup.procs")).stream()
                    .map(Long::parseLong)
                    .toList();
        } catch (IOException gone) {
            return List.of();
        }
    }

    /** KILL, to every member; some of what forks meanwhile may escape, so look again. */
    public void kill() {
        try {
            version.kill(directory);
        } catch (IOException e) {
            log.debug("cannot kill '{}' as a whole", directory, e);
        }
        members().forEach(ProcessHandle::destroyForcibly);
    }

    /** In words, when the kernel has killed a member because there was no memory. */
    public Optional<String> outOfMemory() {
        try {
            if (version.kills(directory) == 0) {
                return Optional.empty();
            }
            return Optional.of(
                    limit.isPresent() && version.metLimit(directory, limit.getAsLong())
                            ? "out of memory at its hard limit of " + print(limit.getAsLong())
                            : "out of memory: not for a limit of its own, but for one around it or the machine's end");
        } catch (IOException unknown) {
            return Optional.empty();
        }
    }

    private static String print(long bytes) {
        long mebibytes = bytes >> MEBIBYTE;
        return mebibytes << MEBIBYTE == bytes ? mebibytes + " MiB" : bytes + " bytes";
    }

    /** Whether it is gone now; it cannot be while it has members. */
    public boolean remove() {
        for (Path group : directories()) {
            try {
                Files.deleteIfExists(group);
            } catch (IOException occupied) {
                log.debug("cannot remove cgroup '{}'", group, occupied);
                return false;
            }
        }
        return true;
    }

    /** It and those in it, the innermost first. */
    private List<Path> directories() {
        try (Stream<Path> all = Files.find(directory, Integer.MAX_VALUE, (path, is) -> is.isDirectory())) {
            return all.sorted(Comparator.reverseOrder()).toList();
        } catch (NoSuchFileException gone) {
            return List.of();
        } catch (IOException | java.io.UncheckedIOException changing) {
            return List.of(directory);
        }
    }

    /** The two interfaces of the kernel: which files of a group say and do what. */
    enum CgroupVersion {
        /** One hierarchy for everything, version 2. */
        UNIFIED {
            @Override
            void limitMemory(Path group, long bytes) throws IOException {
                Files.writeString(group.resolve("memory.max"), Long.toString(bytes));
                if (Files.exists(group.resolve("memory.swap.max"))) {
                    Files.writeString(group.resolve("memory.swap.max"), "0");
                }
            }

            @Override
            long kills(Path group) throws IOException {
                return value(group.resolve("memory.events"), "oom_kill");
            }

            @Override
            boolean metLimit(Path group, long bytes) throws IOException {
                return value(group.resolve("memory.events"), "oom") > 0;
            }

            @Override
            void kill(Path group) throws IOException {
                // All at once, however fast they fork; from Linux 5.14 on.
                if (Files.exists(group.resolve("cgroup.kill"))) {
                    Files.writeString(group.resolve("cgroup.kill"), "1");
                }
            }
        },
        /** A hierarchy for each controller, version 1; the one that limits memory is used. */
        LEGACY {
            @Override
            void limitMemory(Path group, long bytes) throws IOException {
                Files.writeString(group.resolve("memory.limit_in_bytes"), Long.toString(bytes));
                // Memory and swap together, which must not be less than memory alone.
                if (Files.exists(group.resolve("memory.memsw.limit_in_bytes"))) {
                    Files.writeString(group.resolve("memory.memsw.limit_in_bytes"), Long.toString(bytes));
                }
            }

            @Override
            long kills(Path group) throws IOException {
                return value(group.resolve("memory.oom_control"), "oom_kill");
            }

            @Override
            boolean metLimit(Path group, long bytes) throws IOException {
                // The counters of failures stay at zero in recent kernels; the peak may be some pages short.
                String peak = Files.readString(group.resolve("memory.max_usage_in_bytes"));
                return Long.parseLong(peak.strip()) >= bytes - bytes / 32;
            }

            @Override
            void kill(Path group) {
                // There is no such thing; its members are killed one by one.
            }
        };

        /** Memory and swap, of all members together; at this the kernel kills. */
        abstract void limitMemory(Path group, long bytes) throws IOException;

        /** How many members the kernel has killed for memory, its own limit or another's. */
        abstract long kills(Path group) throws IOException;

        /** Whether it has ever been at its own limit, which is {@code bytes}. */
        abstract boolean metLimit(Path group, long bytes) throws IOException;

        abstract void kill(Path group) throws IOException;

        private static long value(Path file, String key) throws IOException {
            return Files.readAllLines(file).stream()
                    .filter(line -> line.startsWith(key + " "))
                    .mapToLong(
                            line -> Long.parseLong(line.substring(key.length()).strip()))
                    .findFirst()
                    .orElse(0);
        }
    }
}
