package io.livepatch.supervisor.control;

import io.livepatch.supervisor.Pool;
import io.livepatch.supervisor.PoolEvent;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.ReplacementReason;
import io.livepatch.supervisor.SpecChange;
import io.livepatch.supervisor.SupervisorException;
import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.supervisor.control.PoolState.ReplacementFailure;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/**
 * The pools that clients of the control socket have applied. Thread-safe: changes of one pool wait for each other, those of different pools
 * do not.
 */
public final class AppliedPools {
    private final BiFunction<PoolSpec, PoolEvent.Listener, Pool> runner;
    private final InstantSource clock;
    private final Map<String, Applied> pools = new ConcurrentHashMap<>();
    /** By name; they stay when their pool is removed, because a change may wait for one. */
    private final Map<String, ReentrantLock> locks = new ConcurrentHashMap<>();

    private volatile Consumer<String> onChange = _ -> {};
    private volatile boolean closed;

    /**
     * No pools.
     *
     * @param runner starts a pool
     */
    public AppliedPools(BiFunction<PoolSpec, PoolEvent.Listener, Pool> runner, InstantSource clock) {
        this.runner = runner;
        this.clock = clock;
    }

    /** From now on calls {@code listener} with the name of a pool whose state is another; it must not block. */
    void onChange(Consumer<String> listener) {
        onChange = listener;
    }

    /** Refuses new pools and changes from now on; pools can still be stopped. */
    public void close() {
        closed = true;
    }

    /** In the order of their names. */
    public List<Pool> pools() {
        return pools.values().stream()
                .map(applied -> applied.pool)
                .sorted(Comparator.comparing(Pool::name))
                .toList();
    }

    Optional<PoolState> state(String name) {
        return Optional.ofNullable(pools.get(name)).map(Applied::state);
    }

    /**
     * Starts a pool, or changes the running one to this spec; an equal one changes the label only.
     *
     * @param reload the signal for its processes, if they stay, to read their inputs again
     * @throws SupervisorException if the spec is refused; nothing has changed
     */
    void apply(PoolSpec spec, String label, Optional<String> reload) {
        locked(spec.name(), () -> {
            if (closed) {
                throw new SupervisorException.Refused(
                        "cannot run pool '%s': the supervisor is shutting down".formatted(spec.name()));
            }
            Applied running = pools.get(spec.name());
            if (running == null) {
                Watcher watcher = new Watcher();
                pools.put(spec.name(), new Applied(runner.apply(spec, watcher), label, watcher));
            } else {
                running.change(spec, label, reload);
            }
        });
        onChange.accept(spec.name());
    }

    /** Begins to replace all workers; false if there is no applied pool of this name. */
    boolean recycle(String name) {
        boolean[] found = new boolean[1];
        locked(name, () -> {
            Applied running = pools.get(name);
            if (running != null) {
                running.watcher.forget();
                var _ = running.pool.recycleAll();
                found[0] = true;
            }
        });
        onChange.accept(name);
        return found[0];
    }

    /** Stops a pool and returns when its processes are gone; does nothing if there is none. */
    void stop(String name) {
        locked(name, () -> {
            Applied running = pools.get(name);
            if (running != null) {
                running.stopping = true;
                onChange.accept(name);
                running.pool.close();
                pools.remove(name);
            }
        });
        onChange.accept(name);
    }

    private void locked(String name, Runnable change) {
        ReentrantLock lock = locks.computeIfAbsent(name, _ -> new ReentrantLock());
        lock.lock();
        try {
            change.run();
        } finally {
            lock.unlock();
        }
    }

    /** Its fields are written by the holder of the pool's lock. */
    private static final class Applied {
        private final Pool pool;
        private final Watcher watcher;
        private volatile String label;
        private volatile boolean stopping;

        Applied(Pool pool, String label, Watcher watcher) {
            this.pool = pool;
            this.label = label;
            this.watcher = watcher;
        }

        void change(PoolSpec spec, String newLabel, Optional<String> reload) {
            SpecChange.requirePossible(pool.spec(), spec);
            if (!SpecChange.recycles(pool.spec(), spec)) {
                // Before the change, because the workers that it starts read the new inputs.
                reload.ifPresent(pool::reload);
            }
            if (!pool.spec().equals(spec)) {
                watcher.forget();
                pool.change(spec);
            }
            label = newLabel;
        }

        PoolState state() {
            return new PoolState(pool.spec(), label, pool.workers(), stopping, watcher.failure());
        }
    }

    /** Reports the changes of a pool, and records why the last replacement worker failed. */
    private final class Watcher implements PoolEvent.Listener {
        private Instant from = clock.instant();
        private Optional<ReplacementFailure> failure = Optional.empty();

        /** Failures of workers that were started for an earlier spec no longer count, even if their events arrive later. */
        synchronized void forget() {
            from = clock.instant();
            failure = Optional.empty();
        }

        synchronized Optional<ReplacementFailure> failure() {
            return failure;
        }

        @Override
        public void onEvent(String pool, PoolEvent event) {
            synchronized (this) {
                if (event instanceof PoolEvent.Ended(var worker, var status, var reason, var uptime, var _)
                        && worker.role() == WorkerInfo.Role.REPLACEMENT
                        && reason == ReplacementReason.CRASH
                        && !worker.launchedAt().isBefore(from)) {
                    failure = Optional.of(new ReplacementFailure(worker, status, uptime));
                }
            }
            onChange.accept(pool);
        }

        @Override
        public void workersChanged(String pool) {
            onChange.accept(pool);
        }
    }
}
