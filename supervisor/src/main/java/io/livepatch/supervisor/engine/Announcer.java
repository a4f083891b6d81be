package io.livepatch.supervisor.engine;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings changes to a listener, in order, on a thread that nobody waits for. */
final class Announcer implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Announcer.class);

    private final PoolListener listener;
    private final ExecutorService thread;

    private Announcer(PoolListener listener, ExecutorService thread) {
        this.listener = listener;
        this.thread = thread;
    }

    static Announcer start(String pool, PoolListener listener) {
        return new Announcer(
                listener,
                Executors.newSingleThreadExecutor(
                        Thread.ofVirtual().name("listener of " + pool).factory()));
    }

    void announce(String pool, WorkerInfo worker) {
        thread.execute(() -> {
            try {
                listener.workerChanged(pool, worker);
            } catch (RuntimeException e) {
                log.error(
                        "the listener of pool '{}' failed on worker '{}' being {}",
                        pool,
                        worker.id(),
                        worker.state(),
                        e);
            }
        });
    }

    /** What was announced is still delivered. */
    @Override
    public void close() {
        thread.shutdown();
    }
}
