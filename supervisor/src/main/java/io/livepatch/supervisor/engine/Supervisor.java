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
import io.livepatch.supervisor.process.PortHolder;
import io.livepatch.supervisor.process.ProcfsUsageReader;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs pools of worker processes. A program needs one; it owns the event loop thread, the thread that forks, and a small process
 * that kills all workers if this JVM is killed. Thread-safe.
 */
public final class Supervisor implements AutoCloseable {

    /** Between two attempts to hold a port, which another process may leave at any time. */
    private static final Duration HOLD_INTERVAL = Duration.ofSeconds(1);

    private final ThreadEventLoop loop;
    private final LinuxProcesses processes;
    private final PortHolder ports = new PortHolder();
    private final ProbeRunner probes;
    private final PoolEngine.Context context;
    private final Proxies proxies;
    private final Map<String, SupervisedPool> pools = new ConcurrentHashMap<>();
    private final ReentrantLock opening = new ReentrantLock();
    private boolean closed;
    private volatile boolean forceStopped;

    /**
     * The balancers of pools in proxy mode.
     *
     * @param provider pools in proxy mode are refused without one
     * @param directory of a pool's balancer, for each pool another
     */
    public record Proxies(Optional<Balancer.Provider> provider, Function<PoolSpec, Path> directory) {
        public static final Proxies NONE = new Proxies(Optional.empty(), spec -> Path.of("/"));
    }

    private Supervisor(ThreadEventLoop loop, LinuxProcesses processes, WorkerOutput.Factory outputs, Proxies proxies) {
        this.loop = loop;
        this.processes = processes;
        this.probes = new ProbeRunner(processes);
        this.proxies = proxies;
        this.context = new PoolEngine.Context(
                loop,
                processes,
                probes,
                ProcfsUsageReader.create(),
                outputs,
                Map.copyOf(System.getenv()),
                RandomGenerator.getDefault());
    }

    /**
     * Starts a supervisor without pools, whose workers write to files and have no balancer.
     *
     * @throws SupervisorException.Unsupported when this is not Linux with util-linux
     */
    public static Supervisor start() {
        return start(LogFile::open, Proxies.NONE);
    }

    /** Starts a supervisor without pools. */
    public static Supervisor start(WorkerOutput.Factory outputs, Proxies proxies) {
        return new Supervisor(new ThreadEventLoop(), LinuxProcesses.start(), outputs, proxies);
    }

    /**
     * Starts the workers of {@code spec} and keeps them alive until the pool, or this supervisor, is closed. Does not block; a
     * worker that cannot be started has a problem and is retried.
     *
     * @throws SupervisorException.Refused when a pool of that name runs, or this supervisor is closed
     * @throws SupervisorException.Unsupported when the pool is in proxy mode and there is no balancer
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
                    spec, context, balancer, listener, changed -> holdPorts(changed.name()), this::stopped);
            pools.put(spec.name(), pool);
            pool.start();
            holdPortsInBackground(spec.name());
            return pool;
        } finally {
            opening.unlock();
        }
    }

    private void stopped(SupervisedPool pool) {
        pools.remove(pool.name(), pool);
        ports.release(pool.name());
    }

    /** On a thread of its own, since a user is looked up by a program. */
    private void holdPortsInBackground(String pool) {
        Thread.ofVirtual().name("ports of " + pool).start(() -> holdPorts(pool));
    }

    /** A port that cannot be held is tried again. */
    private void holdPorts(String pool) {
        // Under the map's lock of this pool, so that a pool that stops meanwhile releases the ports afterwards.
        pools.computeIfPresent(pool, (name, found) -> {
            Set<Long> workers = found.workers().stream()
                    .flatMap(worker -> worker.pid().stream())
                    .collect(Collectors.toSet());
            if (!ports.hold(name, PortHolder.of(found.spec()), workers).isEmpty()) {
                loop.schedule(HOLD_INTERVAL, () -> holdPortsInBackground(name));
            }
            return found;
        });
    }

    private Optional<Balancer> balancer(PoolSpec spec) {
        if (!(spec.listening() instanceof Listening.Proxied proxied)) {
            return Optional.empty();
        }
        Balancer.Provider provider = proxies.provider()
                .orElseThrow(() -> new SupervisorException.Unsupported(
                        "cannot run pool '%s' in proxy mode: no balancer is on the class path; add one, or have the workers share a port"
                                .formatted(spec.name())));
        return Optional.of(provider.open(spec, proxied, proxies.directory().apply(spec)));
    }

    public List<Pool> pools() {
        return List.copyOf(pools.values());
    }

    /** Features of specs that this machine or user does not support, in words. */
    public List<String> remarks() {
        return processes.remarks();
    }

    /** Stops all pools in parallel, each within the time of its spec, and returns when no process is left. */
    @Override
    public void close() {
        Duration longest = pools.values().stream()
                .map(pool -> pool.spec().longestStop())
                .max(Duration::compareTo)
                .orElse(Duration.ZERO);
        close(longest);
    }

    /**
     * Stops all pools in parallel and returns when no process is left. Kills the workers that run after {@code deadline}, whatever
     * their specs allow; an interrupt kills them at once.
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
        if (forceStopped) {
            open.forEach(SupervisedPool::forceStop);
        }
        loop.schedule(deadline, () -> open.forEach(SupervisedPool::forceStop));
        open.forEach(SupervisedPool::awaitStopped);
        probes.close();
        processes.close();
        ports.close();
        loop.close();
    }

    /** Kills the workers that are stopping now or later, for an operator who sends a second stop signal. */
    public void forceStop() {
        // Set before the loop below: a concurrent close() either reads it, or has its pools stopped here.
        forceStopped = true;
        pools.values().forEach(SupervisedPool::forceStop);
    }

    /** The {@code ProcessReaper}'s process, for tests that kill it. */
    Optional<ProcessHandle> reaper() {
        return processes.reaper();
    }

    /** A platform thread and the system's clock. Drops tasks after its close. */
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
        @SuppressWarnings("FutureReturnValueIgnored") // guarded() catches all exceptions of a task
        public void schedule(Duration delay, Runnable task) {
            try {
                thread.schedule(() -> guarded(task), delay.toNanos(), TimeUnit.NANOSECONDS);
            } catch (RejectedExecutionException closed) {
                log.debug("dropped a task: the event loop is closed", closed);
            }
        }

        /** A failure in one worker's event must not end the thread of all workers. */
        private static void guarded(Runnable task) {
            try {
                task.run();
            } catch (RuntimeException e) {
                log.error("cannot handle an event of a worker; this is a bug of the supervisor, please report it", e);
            }
        }

        @Override
        public void close() {
            thread.shutdown();
        }
    }
}
