package io.livepatch.supervisor.process.cgroup;

import java.io.IOException;
import java.io.UncheckedIOException;
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

/** The cgroup of one worker, which holds its process and all descendants, including cgroups that these make in it. */
public final class Cgroup {

    private static final Logger log = LoggerFactory.getLogger(Cgroup.class);

    private static final int MEBIBYTE_SHIFT = 20;

    private final Path directory;
    private final Version version;
    private final OptionalLong limit;

    Cgroup(Path directory, Version version, OptionalLong limit) {
        this.directory = directory;
        this.version = version;
        this.limit = limit;
    }

    /** The name within the parent cgroup of this JVM. */
    public String name() {
        return directory.getFileName().toString();
    }

    /** The live members; the kernel does not list zombies. */
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

    /** Kills all members. In version 1 a process that forks meanwhile can escape, so repeat until none is left. */
    public void kill() {
        try {
            version.kill(directory);
        } catch (IOException e) {
            log.debug("cannot kill the cgroup '{}' as a whole", directory, e);
        }
        members().forEach(ProcessHandle::destroyForcibly);
    }

    /** In words, if the kernel's OOM killer has killed a member. */
    public Optional<String> outOfMemory() {
        try {
            if (version.kills(directory) == 0) {
                return Optional.empty();
            }
            return Optional.of(
                    limit.isPresent() && version.metLimit(directory, limit.getAsLong())
                            ? "out of memory at its hard limit of " + print(limit.getAsLong())
                            : "out of memory: not at its own limit, but at that of an outer cgroup or the machine");
        } catch (IOException unknown) {
            return Optional.empty();
        }
    }

    private static String print(long bytes) {
        long mebibytes = bytes >> MEBIBYTE_SHIFT;
        return mebibytes << MEBIBYTE_SHIFT == bytes ? mebibytes + " MiB" : bytes + " bytes";
    }

    /** Removes the cgroup; false while it has members. */
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

    /** This cgroup and those in it, innermost first. */
    private List<Path> directories() {
        try (Stream<Path> all = Files.find(directory, Integer.MAX_VALUE, (path, is) -> is.isDirectory())) {
            return all.sorted(Comparator.reverseOrder()).toList();
        } catch (NoSuchFileException gone) {
            return List.of();
        } catch (IOException | UncheckedIOException changing) {
            return List.of(directory);
        }
    }

    /** The two cgroup interfaces of the kernel. */
    enum Version {
        /** Version 2: one hierarchy for all controllers. */
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
                // Since Linux 5.14; atomic, so no member escapes by forking.
                if (Files.exists(group.resolve("cgroup.kill"))) {
                    Files.writeString(group.resolve("cgroup.kill"), "1");
                }
            }
        },
        /** Version 1: a hierarchy for each controller, of which the memory controller's is used. */
        LEGACY {
            @Override
            void limitMemory(Path group, long bytes) throws IOException {
                Files.writeString(group.resolve("memory.limit_in_bytes"), Long.toString(bytes));
                // The sum of memory and swap, which must not be less than the limit of memory.
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
                // Recent kernels do not count failures, so compare the peak, which can be some pages below the limit.
                String peak = Files.readString(group.resolve("memory.max_usage_in_bytes"));
                return Long.parseLong(peak.strip()) >= bytes - bytes / 32;
            }

            @Override
            void kill(Path group) {
                // Not supported; the caller kills each member.
            }
        };

        /** Sets the memory and swap of all members at which the kernel kills. */
        abstract void limitMemory(Path group, long bytes) throws IOException;

        /** How many members the kernel's OOM killer has killed, at this limit or another. */
        abstract long kills(Path group) throws IOException;

        /** Whether memory usage has reached the limit of {@code bytes}. */
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
