package io.livepatch.supervisor.process;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongPredicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The processes of a worker's session, whatever process groups they have made. While there are any, its number is not reused. */
record Session(long id) {

    private static final Logger log = LoggerFactory.getLogger(Session.class);

    /** Those alive; zombies, which only wait for a parent that may never look, do not count. */
    List<ProcessHandle> members() {
        return find(group -> true);
    }

    /** Members that made a process group of their own, so that a signal to the leader's group missed them. */
    List<ProcessHandle> outsiders() {
        return find(group -> group != id);
    }

    private List<ProcessHandle> find(LongPredicate group) {
        List<ProcessHandle> found = new ArrayList<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                if (holds(process, group)) {
                    ProcessHandle.of(Long.parseLong(process.getFileName().toString()))
                            .ifPresent(found::add);
                }
            }
        } catch (IOException e) {
            log.warn("cannot read /proc: processes left by worker {} may live on", id, e);
        }
        return found;
    }

    private boolean holds(Path process, LongPredicate group) {
        return stat(process)
                .map(stat -> stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", 5))
                .filter(fields -> fields.length == 5 && !"Z".equals(fields[0]) && !"X".equals(fields[0]))
                .map(fields -> Long.parseLong(fields[3]) == id && group.test(Long.parseLong(fields[2])))
                .orElse(false);
    }

    private static Optional<String> stat(Path process) {
        try {
            return Optional.of(KernelFile.read(process.resolve("stat")));
        } catch (IOException gone) {
            return Optional.empty();
        }
    }
}
