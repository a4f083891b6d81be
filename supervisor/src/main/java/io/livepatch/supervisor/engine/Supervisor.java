package io.livepatch.supervisor.engine;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;

/**
 * Runs pools. One is enough for a program; it owns a thread that decides, a thread that forks, and a tiny process that kills
 * all workers should this JVM be killed. Safe for use by any thread.
 */
public final class Supervisor implements AutoCloseable {

    private final ThreadLoop loop;
    private final LinuxProcesses processes;
    private final ReadyProbe probe;
    private final Machinery machinery;
    private final Map<String, String> inherited = Map.copyOf(System.getenv());
    private final Map<String, SupervisedPool> pools = new ConcurrentHashMap<>();
    private final ReentrantLock opening = new ReentrantLock();
    private boolean closed;

    private Supervisor(ThreadLoop loop, LinuxProcesses processes, ReadyProbe probe) {
        this.loop = loop;
        this.processes = processes;
        this.probe = probe;
        this.machinery = new Machinery(loop, processes, probe, RandomGenerator.getDefault());
    }

    /**
     * Starts one without pools.
     *
     * @throws SupervisorException.Unsupported when this is not Linux with util-linux
     */
    public static Supervisor start() {
        LinuxProcesses processes = LinuxProcesses.start();
        return new Supervisor(new ThreadLoop(), processes, new ReadyProbe(processes));
    }

    /**
     * Starts the workers of {@code spec} and keeps them alive until the pool, or this supervisor, is closed. Returns at once; a
     * worker that cannot be started shows that in its {@link WorkerInfo#problem()} and is tried again.
     *
     * @throws SupervisorException.Refused when a pool of that name runs, or this supervisor is closed
     */
    public Pool run(PoolSpec spec, PoolListener listener) {
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
            Announcer announcer = Announcer.start(spec.name(), listener);
            SupervisedPool pool =
                    new SupervisedPool(spec, inherited, machinery, announcer, gone -> pools.remove(gone.name(), gone));
            pools.put(spec.name(), pool);
            pool.start();
            return pool;
        } finally {
            opening.unlock();
        }
    }

    /**
     * Stops every pool, all at once, and returns when no process is left: after the longest stop timeout, and some seconds more
     * should the kernel be slow. An interrupt cuts the grace short.
     */
    @Override
    public void close() {
        opening.lock();
        try {
            closed = true;
        } finally {
            opening.unlock();
        }
        List<SupervisedPool> open = List.copyOf(pools.values());
        open.forEach(SupervisedPool::beginClose);
        open.forEach(SupervisedPool::awaitGone);
        probe.close();
        processes.close();
        loop.close();
    }

    /** For tests of what happens when the warden itself is killed. */
    Warden warden() {
        return processes.warden();
    }
}
