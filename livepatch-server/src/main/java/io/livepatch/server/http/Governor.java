package io.livepatch.server.http;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;

/**
 * Lets so many requests work at once, so many more wait for their turn, and refuses the rest. A request is at work until it
 * is answered, whether or not a thread is busy with it. Thread-safe.
 */
final class Governor {
    private final int limit;
    private final int burst;
    private final Queue<Turn> waiting = new ArrayDeque<>();
    private int working;

    Governor(int limit, int burst) {
        this.limit = limit;
        this.burst = burst;
    }

    private record Turn(Runnable work, Executor executor) {}

    /**
     * Runs the work now, or later by the executor when it is its turn.
     *
     * @return false if there is no room to wait either
     */
    boolean admit(Runnable work, Executor executor) {
        synchronized (this) {
            if (working == limit) {
                return waiting.size() < burst && waiting.add(new Turn(work, executor));
            }
            working++;
        }
        work.run();
        return true;
    }

    /** One of those at work is answered: the turn goes to the one that has waited longest. */
    void release() {
        Turn next;
        synchronized (this) {
            next = waiting.poll();
            if (next == null) {
                working--;
                return;
            }
        }
        next.executor.execute(next.work);
    }
}
