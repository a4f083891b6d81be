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
 * Starts processes of this machine, all from one thread that lives as long as this object: the kernel sends the parent-death
 * signal when the thread that forked ends, not when the process does.
 */
public final class LinuxProcesses implements Processes, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(LinuxProcesses.class);

    /** For a fork that blocks on the disk of its program. */
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);

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
     * Starts the process reaper.
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
            throw new SupervisorException.Unsupported(
                    "cannot supervise processes: the process reaper cannot be started", e);
        }
        return new LinuxProcesses(tools, processReaper, cgroups);
    }

    /** The process of the {@link ProcessReaper}, for tests that kill it. */
    public Optional<ProcessHandle> reaper() {
        return processReaper.handle();
    }

    /** Features that this machine or user does not support, in words. */
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
            watcher.failed(describe(start, String.valueOf(e.getMessage())));
            return;
        } catch (IOException | RuntimeException e) {
            log.debug("cannot start '{}'", start.label(), e);
            watcher.failed(describe(start, String.valueOf(e.getMessage())));
            return;
        }
        Optional<Cgroup> group =
                start.contained() ? cgroups.create(start.label(), process.pid(), start.hardMemory()) : Optional.empty();
        processReaper.watch(process.pid(), start.surroundings().parentDeathSignal(), start.parentDeathGrace(), group);
        LinuxProcess running = new LinuxProcess(process, start, processReaper, group);
        watcher.launched(running);
        running.release(watcher);
    }

    private static String describe(Start start, String why) {
        return "cannot start '%s' of worker '%s': %s".formatted(start.command().getFirst(), start.label(), why);
    }

    /** Waits for a start in progress, then has the process reaper kill all remaining processes. */
    @Override
    public void close() {
        forker.shutdown();
        try {
            if (!forker.awaitTermination(CLOSE_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
                log.warn("the start of a process does not return within {}; closing without it", CLOSE_TIMEOUT);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            processReaper.close();
        }
    }
}
