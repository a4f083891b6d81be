package io.livepatch.supervisor.process;

import java.io.IOException;
import java.util.List;
import java.util.function.LongPredicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The processes of a worker's session, whatever process groups they have made. While there are any, its number is not reused. */
record ProcessSession(long id) {

    private static final Logger log = LoggerFactory.getLogger(ProcessSession.class);

    /** Those alive; zombies, which only wait for a parent that may never look, do not count. */
    List<ProcessHandle> members() {
        return find(group -> true);
    }

    /** Members that made a process group of their own, so that a signal to the leader's group missed them. */
    List<ProcessHandle> outsiders() {
        return find(group -> group != id);
    }

    private List<ProcessHandle> find(LongPredicate group) {
        try {
            return ProcessTable.read().processes().stream()
                    .filter(process -> process.session() == id && process.alive() && group.test(process.group()))
                    .flatMap(process -> ProcessHandle.of(process.pid()).stream())
                    .toList();
        } catch (IOException e) {
            log.warn("cannot read /proc: processes left by worker {} may live on", id, e);
            return List.of();
        }
    }
}
