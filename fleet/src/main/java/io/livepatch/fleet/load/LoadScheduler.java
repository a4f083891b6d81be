package io.livepatch.fleet.load;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The thread that asks a {@link LoadModel} at the moments the rhythm names, and calls out the seconds. A platform thread, since a virtual one would have
 * to wait for a processor behind the turns it is to begin.
 */
final class LoadScheduler implements AutoCloseable {
    // A parked thread wakes about so much too late: it is woken earlier by this, and spins for the rest.
    private static final long SPIN = 50_000;
    private static final long SECOND = 1_000_000_000L;

    private final String name;
    private final long origin;
    private volatile @Nullable Thread thread;
    private volatile boolean closed;

    /**
     * Does nothing yet.
     *
     * @param origin the common start, as {@link System#nanoTime} has it
     */
    LoadScheduler(String name, long origin) {
        this.name = name;
        this.origin = origin;
    }

    /** Nanoseconds since the common start. */
    long now() {
        return System.nanoTime() - origin;
    }

    /** What {@link System#nanoTime} says then. */
    long moment(long sinceStart) {
        return origin + sinceStart;
    }

    void start(LoadModel loadModel, IntConsumer secondIsOver) {
        thread = Thread.ofPlatform().daemon().name("flock-" + name).start(() -> keepTime(loadModel, secondIsOver));
    }

    void wake() {
        LockSupport.unpark(thread);
    }

    private void keepTime(LoadModel loadModel, IntConsumer secondIsOver) {
        long second = Math.max(0, now() / SECOND);
        while (!closed) {
            long next = loadModel.advance(now());
            for (; now() >= (second + 1) * SECOND; second++) {
                secondIsOver.accept((int) second);
            }
            waitFor(Math.min(next, (second + 1) * SECOND));
        }
    }

    private void waitFor(long moment) {
        long left = moment - now();
        if (left > SPIN) {
            LockSupport.parkNanos(left - SPIN);
            // Not after a shorter wait: at high rates that would be one long spin, which takes a processor from the
            // turns.
            for (left = moment - now(); left > 0 && left <= SPIN; left = moment - now()) {
                Thread.onSpinWait();
            }
        } else if (left > 0) {
            LockSupport.parkNanos(left);
        }
    }

    /** Nothing is asked when it returns. */
    @Override
    public void close() {
        closed = true;
        Thread keeper = thread;
        if (keeper == null) {
            return;
        }
        wake();
        try {
            keeper.join(TimeUnit.SECONDS.toMillis(10));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
