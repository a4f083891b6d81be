package io.livepatch.server.http;

import io.livepatch.server.config.Cidr;
import io.livepatch.server.metrics.Metrics;
import io.livepatch.server.metrics.Refusal;
import io.livepatch.server.problem.ProblemException;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * Limits the concurrent requests of one kind. A request acquires a slot when its credentials are checked and its body has arrived, and
 * holds it until it is answered. While all slots are in use a bounded number of requests wait in a queue; further ones get 503. An
 * optional limit per source counts running and queued requests together. The limits can change at any time. Thread-safe.
 */
final class AdmissionControl {
    private final Metrics metrics;
    private final Queue<Queued> waiting = new ArrayDeque<>();
    private final Map<Cidr, Integer> bySource = new HashMap<>();
    private volatile DirectRoute.Limit limit;
    private volatile int burst;
    private int running;

    /**
     * All slots are free.
     *
     * @param burst capacity of the queue
     */
    AdmissionControl(DirectRoute.Limit limit, int burst, Metrics metrics) {
        this.limit = limit;
        this.burst = burst;
        this.metrics = metrics;
    }

    /**
     * Changes the limits. With more slots, queued requests start; with fewer, those that run end as usual, and no other one starts until
     * their number is below the new limit.
     */
    void change(DirectRoute.Limit newLimit, int newBurst) {
        limit = newLimit;
        burst = newBurst;
        for (Queued next = nextForFreeSlot(); next != null; next = nextForFreeSlot()) {
            if (!resume(next)) {
                release();
            }
        }
    }

    private record Queued(Exchange exchange, Runnable work) {}

    private enum Admission {
        NOW,
        QUEUED,
        REFUSED
    }

    /**
     * Runs the work now if a slot is free, later on a connection thread if the queue has room, and otherwise answers with 503.
     */
    void admit(Exchange exchange, Runnable work) {
        Cidr source = Cidr.sourceBlock(exchange.source());
        Optional<DirectRoute.PerSource> share = limit.perSource();
        if (share.isPresent() && !enter(source, share.get().requests())) {
            refuse(
                    exchange,
                    share.get().reason(),
                    "this client has " + share.get().requests()
                            + " requests of this kind running or queued, its share of " + limit.key());
            return;
        }
        if (share.isPresent()) {
            Request.addCompletionListener(exchange.request(), _ -> leave(source));
        }
        switch (acquire(exchange, work)) {
            case NOW -> start(exchange, work);
            case QUEUED -> {}
            case REFUSED ->
                refuse(
                        exchange,
                        limit.reason(),
                        "this unit runs " + limit.requests() + " requests of this kind and " + burst + " are queued ("
                                + limit.key() + ")");
        }
    }

    private void refuse(Exchange exchange, Refusal reason, String detail) {
        metrics.overload();
        metrics.refused(reason);
        exchange.fail(new ProblemException.Unavailable(detail + "; try again after the seconds in Retry-After"));
    }

    private synchronized boolean enter(Cidr source, int limit) {
        int count = bySource.getOrDefault(source, 0);
        if (count >= limit) {
            return false;
        }
        bySource.put(source, count + 1);
        return true;
    }

    private synchronized void leave(Cidr source) {
        bySource.computeIfPresent(source, (_, count) -> count == 1 ? null : count - 1);
    }

    private synchronized Admission acquire(Exchange exchange, Runnable work) {
        if (running < limit.requests()) {
            running++;
            return Admission.NOW;
        }
        return waiting.size() < burst && waiting.add(new Queued(exchange, work)) ? Admission.QUEUED : Admission.REFUSED;
    }

    private void start(Exchange exchange, Runnable work) {
        Request.addCompletionListener(exchange.request(), _ -> release());
        exchange.answerFailures(work);
    }

    /** Passes the slot to the first request in the queue. */
    private void release() {
        for (Queued next = next(); next != null; next = next()) {
            if (resume(next)) {
                return;
            }
        }
    }

    /** The first request in the queue, which gets a slot that is free; null if there is none of the two. */
    private synchronized @Nullable Queued nextForFreeSlot() {
        Queued next = running < limit.requests() ? waiting.poll() : null;
        if (next != null) {
            running++;
        }
        return next;
    }

    /**
     * The first request in the queue, which gets the slot of one that ended; if there is none, or more requests run than there are slots,
     * frees the slot and returns null.
     */
    private synchronized @Nullable Queued next() {
        Queued next = running <= limit.requests() ? waiting.poll() : null;
        if (next == null) {
            running--;
        }
        return next;
    }

    /** False if the server is stopping and the connection threads accept no more work; then the request is answered with 503. */
    private boolean resume(Queued request) {
        try {
            request.exchange.connectionThreads().execute(() -> start(request.exchange, request.work));
            return true;
        } catch (RejectedExecutionException e) {
            request.exchange.problem(Problem.stopping());
            return false;
        }
    }
}
