package io.livepatch.supervisor.process;

import io.livepatch.supervisor.ExitStatus;
import io.livepatch.supervisor.WorkerOutput;
import io.livepatch.supervisor.process.OutputPump.OutputPipe;
import io.livepatch.supervisor.process.cgroup.Cgroup;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A process that leads its own session. */
final class LinuxProcess implements Processes.Running {

    private static final Logger log = LoggerFactory.getLogger(LinuxProcess.class);

    private static final Duration SWEEP_INTERVAL = Duration.ofMillis(20);
    private static final int MAX_SWEEPS = 500;
    private static final Duration LAST_OUTPUT = Duration.ofSeconds(1);

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
        OutputPump out = new OutputPump("output of " + label, OutputPipe.output(process), output::out);
        this.pumps = output.merged()
                ? List.of(out)
                : List.of(out, new OutputPump("errors of " + label, OutputPipe.errors(process), output::err));
    }

    /** Lets the process through the gate, and from then on looks after it. */
    void release(Processes.Watcher watcher) {
        pumps.forEach(OutputPump::start);
        try (OutputStream gate = process.getOutputStream()) {
            gate.write((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            log.debug("'{}' ended before it was let through the gate", label, e);
        }
        Thread.ofVirtual().name("end of " + label).start(() -> awaitEnd(watcher));
    }

    @Override
    public long pid() {
        return process.pid();
    }

    @Override
    public void signal(String name) {
        // Compares start times: a number that now belongs to another process is left alone.
        if (process.toHandle().isAlive()) {
            processReaper.signal(name, pid());
        }
    }

    @Override
    public void terminate(String signal) {
        ending = true;
        signal(signal);
        // A stopped process would not see its signal before it is killed, and keep its sockets until then.
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
            sweep();
            ExitStatus status = new ExitStatus(code, group.flatMap(Cgroup::outOfMemory));
            group.ifPresent(this::remove);
            processReaper.forget(pid());
            for (OutputPump pump : pumps) {
                pump.finish(LAST_OUTPUT);
            }
            output.ended();
            watcher.exited(status);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            log.error("interrupted while waiting for '{}': its end stays unknown", label, e);
        }
    }

    /** Ends what the leader left behind, so that a new worker finds ports and files free. */
    private void sweep() throws InterruptedException {
        ProcessTree tree = new ProcessTree(new ProcessSession(pid()), group);
        if (politely()) {
            tree.terminateOutsiders();
        }
        while (politely() && !tree.alive().isEmpty()) {
            Thread.sleep(SWEEP_INTERVAL);
        }
        List<ProcessHandle> left = tree.alive();
        for (int i = 0; !left.isEmpty() && i < MAX_SWEEPS; i++) {
            tree.kill();
            Thread.sleep(SWEEP_INTERVAL);
            left = tree.alive();
        }
        if (!left.isEmpty()) {
            log.error("'{}' left processes that cannot be killed: {}", label, left);
        }
    }

    private void remove(Cgroup empty) {
        if (!empty.remove()) {
            log.warn("the cgroup '{}' cannot be removed; the next supervisor will try", empty.name());
        }
    }

    /** In a graceful stop the children of an ended leader have the rest of its grace; after a crash they have none. */
    private boolean politely() {
        return ending && !killed;
    }

    /** The processes that a worker started: those of its session and, where it has a cgroup, those that left the session. */
    private record ProcessTree(ProcessSession session, Optional<Cgroup> group) {

        List<ProcessHandle> alive() {
            return Stream.concat(session.members().stream(), grouped().stream())
                    .distinct()
                    .toList();
        }

        /** Terminates the processes that a signal to the leader's process group misses. */
        void terminateOutsiders() {
            List<ProcessHandle> session = this.session.members();
            Stream.concat(
                            this.session.outsiders().stream(),
                            grouped().stream().filter(member -> !session.contains(member)))
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
}
