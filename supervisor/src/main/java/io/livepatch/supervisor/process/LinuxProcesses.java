package io.livepatch.supervisor.process;

import io.livepatch.supervisor.SupervisorException;
import io.livepatch.supervisor.process.Processes.CannotStartException;
import io.livepatch.supervisor.process.cgroup.Cgroup;
import io.livepatch.supervisor.process.cgroup.Cgroups;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts real processes, all from one thread that lives as long as this object: the kernel sends the parent-death signal when
 * the thread that forked ends, not when the process does.
 */
public final class LinuxProcesses implements Processes, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(LinuxProcesses.class);

    /** For a fork that does not return, because the disk of its program does not. */
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(10);

    private final CommandLine commandLine;
    private final ProcessReaper processReaper;
    private final Cgroups cgroups;
    private final ExecutorService forker = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("supervisor-fork").factory());

    private LinuxProcesses(SystemTools tools, ProcessReaper processReaper, Cgroups cgroups) {
        this.commandLine = new CommandLine(tools);
        this.processReaper = processReaper;
        this.cgroups = cgroups;
    }

    /**
     * Starts the thread that forks, and the warden.
     *
     * @throws SupervisorException.Unsupported when this is not Linux with util-linux
     */
    public static LinuxProcesses start() {
        SystemTools tools = SystemTools.find();
        Cgroups cgroups = Cgroups.open();
        ProcessReaper processReaper = new ProcessReaper(tools, cgroups);
        try {
            processReaper.start();
        } catch (IOException e) {
            throw new SupervisorException.Unsupported("cannot supervise processes: no warden can be started", e);
        }
        return new LinuxProcesses(tools, processReaper, cgroups);
    }

    /** The process that kills all others should this JVM be killed; for tests that kill it. */
    public Optional<ProcessHandle> reaper() {
        return processReaper.handle();
    }

    /** What this machine or user does not allow that processes could have, each for the person on call. */
    public List<String> remarks() {
        return cgroups.remarks();
    }

    @Override
    public void launch(Start start, Watcher watcher) {
        try {
            forker.execute(() -> fork(start, watcher));
        } catch (RejectedExecutionException closed) {
            watcher.failed(describe(start, "the supervisor is closed"));
        }
    }

    private void fork(Start start, Watcher watcher) {
        Process process;
        try {
            ProcessBuilder builder = new ProcessBuilder(commandLine.of(start))
                    .directory(start.surroundings().directory().toFile())
                    .redirectErrorStream(start.output().merged());
            builder.environment().clear();
            builder.environment().putAll(start.environment());
            process = builder.start();
        } catch (CannotStartException e) {
            watcher.failed(describe(start, e.why()));
            return;
        } catch (IOException | RuntimeException e) {
            log.debug("no process for '{}'", start.label(), e);
            watcher.failed(describe(start, String.valueOf(e.getMessage())));
            return;
        }
        Optional<Cgroup> group =
                start.contained() ? cgroups.take(start.label(), process.pid(), start.hardMemory()) : Optional.empty();
        processReaper.watch(process.pid(), start.surroundings().parentDeathSignal(), start.parentDeathGrace(), group);
        LinuxProcess running = new LinuxProcess(process, start, processReaper, group);
        watcher.launched(running);
        running.release(watcher);
    }

    private static String describe(Start start, String why) {
        return "cannot start '%s' of worker '%s': %s".formatted(start.command().getFirst(), start.label(), why);
    }

    /** Lets a start that is under way finish, then has the warden kill all that is left. */
    @Override
    public void close() {
        forker.shutdown();
        try {
            if (!forker.awaitTermination(CLOSE_PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                log.warn("the start of a process does not return; it is left to itself");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            processReaper.close();
        }
    }
}
