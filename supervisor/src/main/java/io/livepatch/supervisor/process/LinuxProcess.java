package io.livepatch.supervisor.process;

import io.livepatch.supervisor.ExitStatus;
import io.livepatch.supervisor.WorkerOutput;
import io.livepatch.supervisor.process.cgroup.Cgroup;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.LongPredicate;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A process that leads its own session, with the processes that it starts. */
final class LinuxProcess implements Processes.Running {

    private static final Logger log = LoggerFactory.getLogger(LinuxProcess.class);

    private static final Duration SWEEP_INTERVAL = Duration.ofMillis(20);
    private static final int MAX_SWEEPS = 500;
    private static final Duration OUTPUT_TIMEOUT = Duration.ofSeconds(1);

    private final Process process;
    private final String label;
    private final ProcessReaper processReaper;
    private final Optional<Cgroup> group;
    private final WorkerOutput output;
    private final List<OutputPump> pumps;
    private volatile boolean ending;
    private volatile boolean killed;

    LinuxProcess(Process process, Processes.Start start, ProcessReaper processReaper, Optional<Cgroup> group) {
        this.process = process;
        this.label = start.label();
        this.processReaper = processReaper;
        this.group = group;
        this.output = start.output();
        OutputPump out = new OutputPump(
                "output of " + label, OutputPump.reopen(process, 1, process.getInputStream()), output::out);
        this.pumps = output.merged()
                ? List.of(out)
                : List.of(
                        out,
                        new OutputPump(
                                "errors of " + label,
                                OutputPump.reopen(process, 2, process.getErrorStream()),
                                output::err));
    }

    /** Lets the process pass the gate of {@link CommandLine} and watches it. */
    void release(Processes.Watcher watcher) {
        pumps.forEach(OutputPump::start);
        try (OutputStream gate = process.getOutputStream()) {
            gate.write((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            log.debug("'{}' ended before it passed the gate", label, e);
        }
        Thread.ofVirtual().name("end of " + label).start(() -> awaitEnd(watcher));
    }

    @Override
    public long pid() {
        return process.pid();
    }

    @Override
    public void signal(String name) {
        // ProcessHandle compares start times, so a reused pid is not signalled.
        if (process.toHandle().isAlive()) {
            processReaper.signal(name, pid());
        }
    }

    @Override
    public void signalLeader(String name) {
        if (process.toHandle().isAlive()) {
            processReaper.signalLeader(name, pid());
        }
    }

    @Override
    public void terminate(String signal) {
        ending = true;
        signal(signal);
        // A stopped process handles the signal only after CONT, and keeps its sockets until then.
        signal("CONT");
    }

    @Override
    public void kill() {
        killed = true;
        signal("KILL");
        process.destroyForcibly();
    }

    private void awaitEnd(Processes.Watcher watcher) {
        try {
            int code = process.waitFor();
            endDescendants();
            ExitStatus status = new ExitStatus(code, group.flatMap(Cgroup::outOfMemory));
            group.ifPresent(this::remove);
            processReaper.forget(pid());
            for (OutputPump pump : pumps) {
                pump.close(OUTPUT_TIMEOUT);
            }
            output.ended();
            watcher.exited(status);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            log.error("interrupted while waiting for '{}'; its exit status is unknown", label, e);
        }
    }

    /** Ends the descendants of the ended leader, which could hold ports and files that the next process needs. */
    private void endDescendants() throws InterruptedException {
        ProcessTree tree = new ProcessTree(pid(), group);
        if (graceful()) {
            tree.terminateOutsiders();
        }
        while (graceful() && !tree.alive().isEmpty()) {
            Thread.sleep(SWEEP_INTERVAL);
        }
        List<ProcessHandle> left = tree.alive();
        for (int i = 0; !left.isEmpty() && i < MAX_SWEEPS; i++) {
            tree.kill();
            Thread.sleep(SWEEP_INTERVAL);
            left = tree.alive();
        }
        if (!left.isEmpty()) {
            log.error("descendants of '{}' cannot be killed: {}", label, left);
        }
    }

    private void remove(Cgroup empty) {
        if (!empty.remove()) {
            log.warn("cannot remove the cgroup '{}'; the next supervisor will", empty.name());
        }
    }

    /** In a graceful stop, descendants may use the rest of the stop timeout; after a crash they are killed. */
    private boolean graceful() {
        return ending && !killed;
    }

    /** The live processes of a worker: its session and, if it has a cgroup, the processes that left the session. */
    private record ProcessTree(long session, Optional<Cgroup> group) {

        List<ProcessHandle> alive() {
            return Stream.concat(members(_ -> true).stream(), grouped().stream())
                    .distinct()
                    .toList();
        }

        /** Terminates the processes that a signal to the leader's process group misses. */
        void terminateOutsiders() {
            List<ProcessHandle> members = members(_ -> true);
            Stream.concat(
                            members(id -> id != session).stream(),
                            grouped().stream().filter(process -> !members.contains(process)))
                    .forEach(ProcessHandle::destroy);
        }

        void kill() {
            group.ifPresent(Cgroup::kill);
            members(_ -> true).forEach(ProcessHandle::destroyForcibly);
        }

        /** The kernel does not reuse the id of a session that has members. Zombies are no members: only their parent can end them. */
        private List<ProcessHandle> members(LongPredicate processGroup) {
            try {
                return Procfs.processes().stream()
                        .filter(process ->
                                process.session() == session && process.alive() && processGroup.test(process.group()))
                        .flatMap(process -> ProcessHandle.of(process.pid()).stream())
                        .toList();
            } catch (IOException e) {
                log.warn("cannot read /proc: descendants of worker {} may keep running", session, e);
                return List.of();
            }
        }

        private List<ProcessHandle> grouped() {
            return group.map(Cgroup::members).orElse(List.of());
        }
    }
}
