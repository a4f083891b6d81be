package io.livepatch.fleet.protocol;

import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * How many calls may wait for their answer to begin at once; the others wait for them, in no order. What comes after the head of an answer does not
 * count, so a slow reader keeps nobody waiting. Thread-safe.
 *
 * <p>A thousand machines have a thousand processors for their TLS handshakes, and whoever simulates them has a few: begun all together, they all end
 * late together, when everybody has given up, and all that was done for them was in vain.
 */
public final class CallLimiter {
    static final CallLimiter UNLIMITED = new CallLimiter(Integer.MAX_VALUE);

    private final Semaphore free;

    /**
     * Has room for so many.
     *
     * @param most 1 or more
     */
    public CallLimiter(int most) {
        if (most < 1) {
            throw new IllegalArgumentException("'%d' calls at once are none".formatted(most));
        }
        this.free = new Semaphore(most);
    }

    /**
     * A place for one call.
     *
     * @param wait told when there is none yet, before this waits for one
     */
    Place enter(Runnable wait) throws InterruptedException {
        if (!free.tryAcquire()) {
            wait.run();
            free.acquire();
        }
        return new Place(free);
    }

    /** Leaving again does nothing. */
    static final class Place {
        private final Semaphore free;
        private final AtomicBoolean left = new AtomicBoolean();

        private Place(Semaphore free) {
            this.free = free;
        }

        void leave() {
            if (!left.getAndSet(true)) {
                free.release();
            }
        }
    }
}
