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
 * The slots for one kind of request. A request takes a slot when its credentials are checked and its body is here, and holds it
 * until it is answered, whether or not a thread is busy with it. When all slots are taken a bounded number of requests wait for one;
 * further ones get 503. A limit
 * for each source, if there is one, bounds what it has at work and in the queue together. Thread-safe.
 */
final class ConcurrencyLimiter {
    private final DirectRoute.Limit limit;
    private final int burst;
    private final Metrics metrics;
    private final Queue<Turn> waiting = new ArrayDeque<>();
    private final Map<Cidr, Integer> bySource = new HashMap<>();
    private int working;

    /**
     * Slots, all of them free.
     *
     * @param limit the number of slots, and what the caller who is refused is told about it
     * @param burst number of places in the queue
     */
    ConcurrencyLimiter(DirectRoute.Limit limit, int burst, Metrics metrics) {
        this.limit = limit;
        this.burst = burst;
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
        Cidr source = Cidr.sourceBlock(exchange.source());
        Optional<DirectRoute.PerSource> share = limit.perSource();
        if (share.isPresent() && !enter(source, share.get().requests())) {
            refuse(
                    exchange,
                    share.get().reason(),
                    "this client has " + share.get().requests()
                            + " requests of this kind at work or waiting, its share of " + limit.key());
            return;
        }
        if (share.isPresent()) {
            Request.addCompletionListener(exchange.request(), _ -> leave(source));
        }
        switch (take(exchange, work)) {
            case NOW -> start(exchange, work);
            case QUEUED -> {}
            case REFUSED ->
                refuse(
                        exchange,
                        limit.reason(),
                        "this unit works on " + limit.requests() + " requests of this kind and " + burst + " wait ("
                                + limit.key() + ")");
        }
    }

    private void refuse(Exchange exchange, Refusal reason, String why) {
        metrics.overload();
        metrics.refused(reason);
        exchange.fail(new ProblemException.Unavailable(why + "; try again after the seconds in Retry-After"));
    }

    private synchronized boolean enter(Cidr source, int most) {
        int count = bySource.getOrDefault(source, 0);
        if (count >= most) {
            return false;
        }
        bySource.put(source, count + 1);
        return true;
    }

    private synchronized void leave(Cidr source) {
        bySource.computeIfPresent(source, (_, count) -> count == 1 ? null : count - 1);
    }

    private synchronized Admission take(Exchange exchange, Runnable work) {
        if (working < limit.requests()) {
            working++;
            return Admission.NOW;
        }
        return waiting.size() < burst && waiting.add(new Turn(exchange, work)) ? Admission.QUEUED : Admission.REFUSED;
    }

    private void start(Exchange exchange, Runnable work) {
        Request.addCompletionListener(exchange.request(), _ -> release());
        exchange.answering(work);
    }

    /** Passes the slot to the request that has waited longest. */
    private void release() {
        for (Turn next = next(); next != null; next = next()) {
            if (passed(next)) {
                return;
            }
        }
    }

    /** The first in the queue; null, and one slot is free, if the queue is empty. */
    private synchronized @Nullable Turn next() {
        Turn next = waiting.poll();
        if (next == null) {
            working--;
        }
        return next;
    }

    /** False if the connection threads take no more work since the server is stopping: the request is answered with 503. */
    private boolean passed(Turn turn) {
        try {
            turn.exchange.connectionThreads().execute(() -> start(turn.exchange, turn.work));
            return true;
        } catch (RejectedExecutionException e) {
            turn.exchange.problem(Problems.stopping());
            return false;
        }
    }
}
