package io.livepatch.supervisor.process;

import io.livepatch.supervisor.process.cgroup.Cgroup;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What a worker has started and not ended: its session, and where it has a cgroup, also what left the session. */
record Offspring(Session session, Optional<Cgroup> group) {

    List<ProcessHandle> left() {
        return Stream.concat(session.members().stream(), grouped().stream())
                .distinct()
                .toList();
    }

    /** Tells those to end whom a signal to the leader's process group misses. */
    void tell() {
        List<ProcessHandle> session = this.session.members();
        Stream.concat(this.session.outsiders().stream(), grouped().stream().filter(member -> !session.contains(member)))
                .forEach(ProcessHandle::destroy);
    }

    void kill() {
        group.ifPresent(Cgroup::kill);
        session.members().forEach(ProcessHandle::destroyForcibly);
    }

    private List<ProcessHandle> grouped() {
        return group.map(Cgroup::members).orElse(List.of());
    }
}
