package io.livepatch.supervisor;

/**
 * Hears of every change of a worker's state, in order, on a thread of its own and never under a lock: it may take its time,
 * and may call the pool. What it throws is logged and goes no further. The last changes may arrive after
 * {@link Pool#close()} has returned.
 */
@FunctionalInterface
public interface PoolListener {

    /** {@code worker} of {@code pool} has just entered its state. */
    void workerChanged(String pool, WorkerInfo worker);

    /** One that does not care. */
    static PoolListener none() {
        return (pool, worker) -> {};
    }
}
