package io.livepatch.fleet.protocol;

import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Limits the number of calls that wait for response headers at the same time; further calls block, in no order. A response body does not
 * count, so a slow reader holds no permit. Thread-safe.
 *
 * <p>A thousand machines have a thousand processors for their TLS handshakes, a simulator has a few: handshakes that all start at once
 * all finish late, after their timeouts.
 */
public final class CallLimiter {
    static final CallLimiter UNLIMITED = new CallLimiter(Integer.MAX_VALUE);

    private final Semaphore permits;

    /**
     * Creates a limiter.
     *
     * @param limit 1 or more
     */
    public CallLimiter(int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("the limit '%d' of concurrent calls is below 1".formatted(limit));
        }
        this.permits = new Semaphore(limit);
    }

    /**
     * Acquires the permit of one call.
     *
     * @param onWait called before this blocks
     */
    Permit acquire(Runnable onWait) throws InterruptedException {
        if (!permits.tryAcquire()) {
            onWait.run();
            permits.acquire();
        }
        return new Permit(permits);
    }

    /** The right to wait for one response; a second release does nothing. */
    static final class Permit {
        private final Semaphore permits;
        private final AtomicBoolean released = new AtomicBoolean();

        private Permit(Semaphore permits) {
            this.permits = permits;
        }

        void release() {
            if (!released.getAndSet(true)) {
                permits.release();
            }
        }
    }
}
