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
}
