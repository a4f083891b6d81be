package io.livepatch.server.http;

import io.livepatch.server.metrics.Metrics;
import io.livepatch.server.metrics.Refusal;
import io.livepatch.server.problem.ProblemException;
import java.util.ArrayDeque;
import java.util.Queue;
import org.eclipse.jetty.server.Request;

/**
 * The slots for one kind of request. A request takes a slot when its credentials are checked and its body is here, and holds it
 * until it is answered, whether or not a thread is busy with it. When all slots are taken a bounded number of requests wait for one;
 * further ones get 503. Thread-safe.
 */
final class Governor {
    private final String key;
    private final int limit;
    private final int burst;
    private final Refusal reason;
    private final Metrics metrics;
    private final Queue<Turn> waiting = new ArrayDeque<>();
    private int working;

    /**
     * Slots, all of them free.
     *
     * @param key names the limit for the caller who is refused, such as {@code server.concurrency-limit}
     * @param limit number of slots
     * @param burst number of places in the queue
     */
    Governor(String key, int limit, int burst, Refusal reason, Metrics metrics) {
        this.key = key;
        this.limit = limit;
        this.burst = burst;
        this.reason = reason;
        this.metrics = metrics;
    }

    private record Turn(Exchange exchange, Runnable work) {}

    private enum Admission {
        NOW,
        QUEUED,
        REFUSED
    }

    /**
     * Runs the work at once if a slot is free, later on a connection thread if there is a place in the queue, and else answers
     * with 503. The slot is free again when the request is answered.
     */
    void admit(Exchange exchange, Runnable work) {
        switch (take(exchange, work)) {
            case NOW -> start(exchange, work);
            case QUEUED -> {}
            case REFUSED -> {
                metrics.overload();
                metrics.refused(reason);
                exchange.fail(new ProblemException.Unavailable(
                        "this unit has more requests of this kind than it may take at once (" + key + ")"));
            }
        }
    }

    private synchronized Admission take(Exchange exchange, Runnable work) {
        if (working < limit) {
            working++;
            return Admission.NOW;
        }
        return waiting.size() < burst && waiting.add(new Turn(exchange, work)) ? Admission.QUEUED : Admission.REFUSED;
    }

    private void start(Exchange exchange, Runnable work) {
        Request.addCompletionListener(exchange.request(), _ -> release());
        work.run();
    }

    /** The slot goes to the request that has waited longest. */
    private void release() {
        Turn next;
        synchronized (this) {
            next = waiting.poll();
            if (next == null) {
                working--;
                return;
            }
        }
        next.exchange.connectionThreads().execute(() -> start(next.exchange, next.work));
    }
}
