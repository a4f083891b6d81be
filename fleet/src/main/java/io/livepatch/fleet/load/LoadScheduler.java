package io.livepatch.fleet.load;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Calls {@link LoadModel#advance} when iterations are due, and a listener each second. Runs in a platform thread: a virtual one would wait for a
 * processor behind the iterations that it is to begin.
 */
final class LoadScheduler implements AutoCloseable {
    // A parked thread wakes about this much late: park for so much less, and spin for the rest.
    private static final long SPIN = 50_000;
    private static final long SECOND = 1_000_000_000L;

    private final String name;
    private final long origin;
    private final LongSupplier nanoTime;
    private volatile @Nullable Thread thread;
    private volatile boolean closed;

    /**
     * Not started yet.
     *
     * @param origin the common start by {@code nanoTime}
     */
    LoadScheduler(String name, long origin, LongSupplier nanoTime) {
        this.name = name;
        this.origin = origin;
        this.nanoTime = nanoTime;
    }

    /** Nanoseconds since the common start. */
    long now() {
        return nanoTime.getAsLong() - origin;
    }

    /** Converts a moment since the common start to the clock's. */
    long moment(long sinceStart) {
        return origin + sinceStart;
    }

    void start(LoadModel model, IntConsumer onSecondEnd) {
        thread = Thread.ofPlatform().daemon().name("flock-" + name).start(() -> run(model, onSecondEnd));
    }

    void wake() {
        LockSupport.unpark(thread);
    }

    private void run(LoadModel model, IntConsumer onSecondEnd) {
        long second = Math.max(0, now() / SECOND);
        while (!closed) {
            long next = model.advance(now());
            for (; now() >= (second + 1) * SECOND; second++) {
                onSecondEnd.accept((int) second);
            }
            waitFor(Math.min(next, (second + 1) * SECOND));
        }
    }

    private void waitFor(long moment) {
        long left = moment - now();
        if (left > SPIN) {
            LockSupport.parkNanos(left - SPIN);
            // Only after a long wait: at high rates, spinning would take a processor from the iterations all the time.
            for (left = moment - now(); left > 0 && left <= SPIN; left = moment - now()) {
                Thread.onSpinWait();
            }
        } else if (left > 0) {
            LockSupport.parkNanos(left);
        }
    }

    /** The model is not called after it returns. */
    @Override
    public void close() {
        closed = true;
        Thread running = thread;
        if (running == null) {
            return;
        }
        wake();
        try {
            running.join(TimeUnit.SECONDS.toMillis(10));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
