package io.livepatch.supervisor;

/**
 * Hears of all that happens in a pool, in order, on a thread of its own and never under a lock: it may take its time, and may
 * call the pool. What it throws is logged and goes no further. The last events may arrive after {@link Pool#close()} has
 * returned.
 */
@FunctionalInterface
public interface PoolListener {

    void heard(String pool, PoolEvent event);

    /** One that does not care. */
    static PoolListener none() {
        return (pool, event) -> {};
    }
}
