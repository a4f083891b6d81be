package io.livepatch.supervisor.engine;

import io.livepatch.supervisor.Balancer;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.Pool;
import io.livepatch.supervisor.PoolEvent;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.SupervisorException;
import io.livepatch.supervisor.WorkerOutput;
import io.livepatch.supervisor.output.LogFile;
import io.livepatch.supervisor.probe.ProbeRunner;
import io.livepatch.supervisor.process.LinuxProcesses;
import io.livepatch.supervisor.process.ProcfsUsageReader;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs pools. One is enough for a program; it owns a thread that decides, a thread that forks, and a tiny process that kills
 * all workers should this JVM be killed. Safe for use by any thread.
 */
public final class Supervisor implements AutoCloseable {

    private final ThreadEventLoop loop;
    private final LinuxProcesses processes;
    private final ProbeRunner probes;
    private final PoolEngine.Context engineContext;
    private final Proxies proxies;
    private final Map<String, SupervisedPool> pools = new ConcurrentHashMap<>();
    private final ReentrantLock opening = new ReentrantLock();
    private boolean closed;
    private volatile boolean hurried;

    /**
     * Who puts something in front of the pools in proxy mode.
     *
     * @param provider absent where there is none; pools in proxy mode are then refused
     * @param directory where it keeps its files, for each pool another
     */
    public record Proxies(Optional<Balancer.Provider> provider, Function<PoolSpec, Path> directory) {
        public static final Proxies NONE = new Proxies(Optional.empty(), spec -> Path.of("/"));
    }

    private Supervisor(ThreadEventLoop loop, LinuxProcesses processes, WorkerOutput.Factory outputs, Proxies proxies) {
        this.loop = loop;
        this.processes = processes;
        this.probes = new ProbeRunner(processes);
        this.proxies = proxies;
        this.engineContext = new PoolEngine.Context(
                loop,
                processes,
                probes,
                ProcfsUsageReader.create(),
                outputs,
                Map.copyOf(System.getenv()),
                RandomGenerator.getDefault());
    }

    /**
     * Starts one without pools, whose workers write to files and stand alone.
     *
     * @throws SupervisorException.Unsupported when this is not Linux with util-linux
     */
    public static Supervisor start() {
        return start(LogFile::open, Proxies.NONE);
    }

    /** Starts one without pools. */
    public static Supervisor start(WorkerOutput.Factory outputs, Proxies proxies) {
        return new Supervisor(new ThreadEventLoop(), LinuxProcesses.start(), outputs, proxies);
    }

    /**
     * Starts the workers of {@code spec} and keeps them alive until the pool, or this supervisor, is closed. Returns at once; a
     * worker that cannot be started shows that in its problem and is tried again.
     *
     * @throws SupervisorException.Refused when a pool of that name runs, or this supervisor is closed
     * @throws SupervisorException.Unsupported when it is to be in proxy mode, and there is nothing that does it
     */
    public Pool run(PoolSpec spec, PoolEvent.Listener listener) {
        opening.lock();
        try {
            if (closed) {
                throw new SupervisorException.Refused(
                        "cannot run pool '%s': the supervisor is closed".formatted(spec.name()));
            }
            if (pools.containsKey(spec.name())) {
                throw new SupervisorException.Refused(
                        "cannot run pool '%s': one of that name runs; close it first".formatted(spec.name()));
            }
            Optional<Balancer> balancer = balancer(spec);
            SupervisedPool pool = new SupervisedPool(
                    spec, engineContext, balancer, listener, gone -> pools.remove(gone.name(), gone));
            pools.put(spec.name(), pool);
            pool.start();
            return pool;
        } finally {
            opening.unlock();
        }
    }

    private Optional<Balancer> balancer(PoolSpec spec) {
        if (!(spec.listening() instanceof Listening.Proxied proxied)) {
            return Optional.empty();
        }
        Balancer.Provider provider = proxies.provider()
                .orElseThrow(() -> new SupervisorException.Unsupported(
                        "pool '%s' is to be in proxy mode, and there is no balancer here: put one on the class path, or have the workers share a port"
                                .formatted(spec.name())));
        return Optional.of(provider.open(spec, proxied, proxies.directory().apply(spec)));
    }

    /** The pools that run now. */
    public List<Pool> pools() {
        return List.copyOf(pools.values());
    }

    /** What of this machine is in the way of something that a spec may ask for, for the person who runs it. */
    public List<String> remarks() {
        return processes.remarks();
    }

    /** Stops every pool, all at once, and returns when no process is left; each has the time that its spec gives it. */
    @Override
    public void close() {
        Duration longest = pools.values().stream()
                .map(pool -> pool.spec().longestStop())
                .max(Duration::compareTo)
                .orElse(Duration.ZERO);
        close(longest);
    }

    /**
     * Stops every pool, all at once, and returns when no process is left: whoever has not ended within {@code deadline} is killed then,
     * whatever time its spec gives it. An interrupt cuts the grace short.
     */
    public void close(Duration deadline) {
        opening.lock();
        try {
            closed = true;
        } finally {
            opening.unlock();
        }
        List<SupervisedPool> open = List.copyOf(pools.values());
        open.forEach(SupervisedPool::beginClose);
        if (hurried) {
            open.forEach(SupervisedPool::hurry);
        }
        loop.schedule(deadline, () -> open.forEach(SupervisedPool::hurry));
        open.forEach(SupervisedPool::awaitGone);
        probes.close();
        processes.close();
        loop.close();
    }

    /** No grace from here on for whoever is stopping, or will be told to; for somebody who asks a second time. */
    public void hurry() {
        // Before the others are told: whoever closes meanwhile either finds this, or is found by them.
        hurried = true;
        pools.values().forEach(SupervisedPool::hurry);
    }

    /** The process that kills all others should this JVM be killed; for tests that kill it. */
    Optional<ProcessHandle> warden() {
        return processes.warden();
    }

    /** A {@link EventLoop} on a platform thread and the system's clock. Tasks that come after its close are dropped. */
    private static final class ThreadEventLoop implements EventLoop, AutoCloseable {

        private static final Logger log = LoggerFactory.getLogger(ThreadEventLoop.class);

        private final ScheduledThreadPoolExecutor thread = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("supervisor-loop").factory());

        ThreadEventLoop() {
            thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        }

        @Override
        public Instant instant() {
            return Instant.now();
        }

        @Override
        public void execute(Runnable task) {
            schedule(Duration.ZERO, task);
        }

        @Override
        @SuppressWarnings("FutureReturnValueIgnored") // guarded() lets nothing escape into the future
        public void schedule(Duration delay, Runnable task) {
            try {
                thread.schedule(() -> guarded(task), delay.toNanos(), TimeUnit.NANOSECONDS);
            } catch (RejectedExecutionException closed) {
                log.debug("dropped a task: the supervisor is closed", closed);
            }
        }

        /** A defect in the handling of one worker must not end the thread that all others depend on. */
        private static void guarded(Runnable task) {
            try {
                task.run();
            } catch (RuntimeException e) {
                log.error(
                        "cannot handle an event of a worker; this is a defect of the supervisor, please report it", e);
            }
        }

        @Override
        public void close() {
            thread.shutdown();
        }
    }
}
