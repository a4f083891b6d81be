package io.livepatch.supervisor.engine;

import io.livepatch.supervisor.PoolEvent;
import io.livepatch.supervisor.PoolListener;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings events to a listener, in order, on a thread that nobody waits for. */
final class EventDispatcher implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(EventDispatcher.class);

    private final PoolListener listener;
    private final ExecutorService thread;

    private EventDispatcher(PoolListener listener, ExecutorService thread) {
        this.listener = listener;
        this.thread = thread;
    }

    static EventDispatcher start(String pool, PoolListener listener) {
        return new EventDispatcher(
                listener,
                Executors.newSingleThreadExecutor(
                        Thread.ofVirtual().name("listener of " + pool).factory()));
    }

    void announce(String pool, PoolEvent event) {
        try {
            thread.execute(() -> tell(pool, event));
        } catch (RejectedExecutionException closed) {
            // A process that the kernel held beyond its time has come to its end after all.
            log.info("pool '{}', after its close: {}", pool, event);
        }
    }

    private void tell(String pool, PoolEvent event) {
        try {
            listener.heard(pool, event);
        } catch (RuntimeException e) {
            log.error("the listener of pool '{}' failed on {}", pool, event, e);
        }
    }

    /** What was announced is still delivered. */
    @Override
    public void close() {
        thread.shutdown();
    }
}
