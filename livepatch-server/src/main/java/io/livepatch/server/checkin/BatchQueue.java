package io.livepatch.server.checkin;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A bounded queue that is emptied in batches. Once closed it accepts no more items. An item that {@link #offer} accepted is returned
 * by a later {@link #take} or {@link #takeNow}, also after the queue was closed. Thread-safe.
 */
final class BatchQueue<T> {
    private final int capacity;
    private final Queue<T> waiting = new ArrayDeque<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private boolean closed;

    BatchQueue(int capacity) {
        this.capacity = capacity;
    }

    /** What became of an offer. */
    enum Offer {
        TAKEN,
        FULL,
        CLOSED
    }

    Offer offer(T item) {
        lock.lock();
        try {
            if (closed || waiting.size() >= capacity) {
                return closed ? Offer.CLOSED : Offer.FULL;
            }
            waiting.add(item);
            changed.signal();
            return Offer.TAKEN;
        } finally {
            lock.unlock();
        }
    }

    /** Waits for something to be there, and takes up to so many. Empty once it is closed and nothing is left. */
    List<T> take(int most) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (waiting.isEmpty() && !closed) {
                changed.await();
            }
            List<T> batch = new ArrayList<>(Math.min(most, waiting.size()));
            while (batch.size() < most && !waiting.isEmpty()) {
                batch.add(waiting.remove());
            }
            return batch;
        } finally {
            lock.unlock();
        }
    }

    /** All that waits, without waiting for it. */
    List<T> takeNow() {
        lock.lock();
        try {
            List<T> all = new ArrayList<>(waiting);
            waiting.clear();
            return all;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until it is closed, but not longer than this; answers whether it is closed. */
    boolean awaitClosed(Duration longest) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = longest.toNanos();
            while (!closed && left > 0) {
                left = changed.awaitNanos(left);
            }
            return closed;
        } finally {
            lock.unlock();
        }
    }

    void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    int size() {
        lock.lock();
        try {
            return waiting.size();
        } finally {
            lock.unlock();
        }
    }
}
