package io.livepatch.server.checkin;

import io.livepatch.server.machine.Machine;
import io.livepatch.storage.Sha256;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A bounded queue of check-ins that is drained in batches. Once closed it accepts no more check-ins; those that it accepted are returned
 * by a later {@link #take} or {@link #takeNow}, also after the close. Thread-safe.
 */
final class CheckInQueue {
    private static final Logger LOG = LoggerFactory.getLogger(CheckInQueue.class);

    private final int capacity;
    private final Queue<PendingCheckIn> waiting = new ArrayDeque<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private boolean closed;

    CheckInQueue(int capacity) {
        this.capacity = capacity;
    }

    /** The result of {@link #offer}. */
    enum Offer {
        ACCEPTED,
        FULL,
        CLOSED
    }

    Offer offer(PendingCheckIn checkIn) {
        lock.lock();
        try {
            if (closed || waiting.size() >= capacity) {
                return closed ? Offer.CLOSED : Offer.FULL;
            }
            waiting.add(checkIn);
            changed.signal();
            return Offer.ACCEPTED;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until the queue is not empty, and removes at most {@code limit} check-ins. Empty once the queue is closed and drained. */
    Batch take(int limit) throws InterruptedException {
        List<PendingCheckIn> batch;
        lock.lockInterruptibly();
        try {
            while (waiting.isEmpty() && !closed) {
                changed.await();
            }
            batch = new ArrayList<>(Math.min(limit, waiting.size()));
            while (batch.size() < limit && !waiting.isEmpty()) {
                batch.add(waiting.remove());
            }
        } finally {
            lock.unlock();
        }
        return new Batch(batch);
    }

    /** Removes all check-ins without waiting. */
    Batch takeNow() {
        List<PendingCheckIn> all;
        lock.lock();
        try {
            all = new ArrayList<>(waiting);
            waiting.clear();
        } finally {
            lock.unlock();
        }
        return new Batch(all);
    }

    /** Waits until the queue is closed, at most for {@code timeout}; returns whether it is closed. */
    boolean awaitClosed(Duration timeout) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = timeout.toNanos();
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

    /** A report, and the request that waits until it is durable. Exactly one of the callbacks is called, once; none may block. */
    abstract static class PendingCheckIn {
        private final Machine machine;
        private final MachineReport report;
        private final long received;

        /** @param received {@link System#nanoTime} of this process at arrival; the clocks of units differ */
        PendingCheckIn(Machine machine, MachineReport report, long received) {
            this.machine = machine;
            this.report = report;
            this.received = received;
        }

        final Machine machine() {
            return machine;
        }

        final MachineReport report() {
            return report;
        }

        final long received() {
            return received;
        }

        /** The report is committed. */
        abstract void written();

        /** The machine was removed or has another token; nothing was written. */
        abstract void gone();

        /** The report may not be committed. */
        abstract void failed(RuntimeException cause);

        /** Runs the work that answers this request and others. */
        abstract void execute(Runnable answer);
    }

    /**
     * Check-ins that are committed together. Of several with one token only the last is written, since {@code on conflict} cannot update
     * a row twice; its outcome is that of the others.
     */
    static final class Batch {
        /** Answering costs as much CPU as all steps before it, so it is spread over threads other than the writer. */
        private static final int ANSWERS_PER_TASK = 32;

        private final List<PendingCheckIn> all;
        private final List<PendingCheckIn> rows;

        private Batch(List<PendingCheckIn> all) {
            this.all = all;
            Map<Sha256, PendingCheckIn> last = HashMap.newHashMap(all.size());
            all.forEach(checkIn -> last.put(checkIn.machine().token(), checkIn));
            this.rows = List.copyOf(last.values());
        }

        int size() {
            return all.size();
        }

        /** The check-ins to write, with distinct tokens. */
        List<PendingCheckIn> rows() {
            return rows;
        }

        /** The tokens of these rows, whose numbers begin at 1. */
        Set<Sha256> tokens(List<Integer> numbers) {
            Set<Sha256> tokens = HashSet.newHashSet(numbers.size());
            numbers.forEach(number -> tokens.add(rows.get(number - 1).machine().token()));
            return tokens;
        }

        /** Calls {@code answer} for each check-in, in tasks that run on a thread of their first one. */
        void answer(Consumer<PendingCheckIn> answer) {
            for (int from = 0; from < all.size(); from += ANSWERS_PER_TASK) {
                List<PendingCheckIn> part = all.subList(from, Math.min(from + ANSWERS_PER_TASK, all.size()));
                Runnable task = () -> part.forEach(checkIn -> answerOne(checkIn, answer));
                try {
                    part.getFirst().execute(task);
                } catch (RejectedExecutionException e) {
                    // The thread pool is stopping: answer on this thread.
                    task.run();
                }
            }
        }

        /** Logs a failure, so that the other check-ins of the task are answered. */
        private static void answerOne(PendingCheckIn checkIn, Consumer<PendingCheckIn> answer) {
            try {
                answer.accept(checkIn);
            } catch (RuntimeException e) {
                LOG.error(
                        "could not answer a check-in of machine '{}'",
                        checkIn.machine().id(),
                        e);
            }
        }
    }
}
