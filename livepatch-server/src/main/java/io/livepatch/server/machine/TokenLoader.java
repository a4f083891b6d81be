package io.livepatch.server.machine;

import io.livepatch.server.http.Exchange;
import io.livepatch.server.metrics.Refusal;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.Sha256;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Reads tokens for requests that must not block. One read runs at a time, for all requests that arrived during the one before: machines
 * check in less often than their token is cached, so on a busy unit nearly every check-in comes here, and an unresponsive database blocks
 * one thread only. Thread-safe.
 */
final class TokenLoader {
    private static final int MAX_BATCH = 1000;
    /** Each holds a request while the database is unavailable. */
    private static final int MAX_WAITING = 5000;

    private record PendingRead(Sha256 token, Exchange exchange, Consumer<Machine> then) {}

    private final Function<Collection<Sha256>, Map<Sha256, Machine>> reader;
    private final Queue<PendingRead> waiting = new ArrayDeque<>();
    private boolean reading;

    TokenLoader(Function<Collection<Sha256>, Map<Sha256, Machine>> reader) {
        this.reader = reader;
    }

    /** Calls {@code then} on one of the exchange's connection threads, or answers the exchange. */
    void read(Sha256 token, Exchange exchange, Consumer<Machine> then) {
        boolean full;
        synchronized (this) {
            full = waiting.size() >= MAX_WAITING;
            if (!full) {
                waiting.add(new PendingRead(token, exchange, then));
                if (reading) {
                    return;
                }
                reading = true;
            }
        }
        if (full) {
            exchange.refused(Refusal.TOKEN_READS);
            exchange.fail(new ProblemException.Unavailable(
                    "too many requests wait for the database to look up their token; try again"));
            return;
        }
        try {
            exchange.executor().execute(this::readAll);
        } catch (RejectedExecutionException e) {
            refuseAll(e);
        }
    }

    private void readAll() {
        for (List<PendingRead> batch = next(); !batch.isEmpty(); batch = next()) {
            answer(batch);
        }
    }

    private synchronized List<PendingRead> next() {
        List<PendingRead> batch = new ArrayList<>();
        while (batch.size() < MAX_BATCH && !waiting.isEmpty()) {
            batch.add(waiting.remove());
        }
        reading = !batch.isEmpty();
        return batch;
    }

    private void answer(List<PendingRead> batch) {
        try {
            Map<Sha256, Machine> found =
                    reader.apply(batch.stream().map(PendingRead::token).toList());
            batch.forEach(read -> resume(read, found));
        } catch (RuntimeException | Error e) {
            // Not rethrown: the loop must continue with the requests that arrived meanwhile.
            batch.forEach(read -> read.exchange.fail(e));
        }
    }

    /** Continues on another thread: the next read must not wait for it. */
    private static void resume(PendingRead read, Map<Sha256, Machine> found) {
        Machine machine = found.get(read.token);
        Runnable next = machine == null
                ? () -> refuse(read.exchange)
                : () -> read.exchange.answerFailures(() -> read.then.accept(machine));
        try {
            read.exchange.connectionThreads().execute(next);
        } catch (RejectedExecutionException e) {
            read.exchange.fail(stopping(e));
        }
    }

    private static void refuse(Exchange exchange) {
        exchange.refused(Refusal.MACHINE_TOKEN);
        exchange.fail(MachineTokens.unknown());
    }

    private void refuseAll(RejectedExecutionException cause) {
        for (List<PendingRead> batch = next(); !batch.isEmpty(); batch = next()) {
            batch.forEach(read -> read.exchange.fail(stopping(cause)));
        }
    }

    private static ProblemException stopping(RejectedExecutionException cause) {
        return new ProblemException.Unavailable("this unit is stopping; try again", cause);
    }
}
