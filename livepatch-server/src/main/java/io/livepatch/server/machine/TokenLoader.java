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
 * Reads tokens for requests that must not wait for a database themselves. One read at a time, for all that have come in since
 * the one before: machines poll less often than their token is remembered, so on a busy unit nearly every check-in comes here. It
 * also means that a database that is away holds one thread, and not all of them. Thread-safe.
 */
final class TokenLoader {
    private static final int MOST_AT_ONCE = 1000;
    /** While the database is away each of them holds a request. */
    private static final int MOST_WAITING = 5000;

    private record Asking(Sha256 token, Exchange exchange, Consumer<Machine> then) {}

    private final Function<Collection<Sha256>, Map<Sha256, Machine>> reader;
    private final Queue<Asking> waiting = new ArrayDeque<>();
    private boolean reading;

    TokenLoader(Function<Collection<Sha256>, Map<Sha256, Machine>> reader) {
        this.reader = reader;
    }

    /** Passes the machine on, or answers the exchange; from one of the exchange's connection threads if it was read. */
    void read(Sha256 token, Exchange exchange, Consumer<Machine> then) {
        boolean full;
        synchronized (this) {
            full = waiting.size() >= MOST_WAITING;
            if (!full) {
                waiting.add(new Asking(token, exchange, then));
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
        for (List<Asking> batch = next(); !batch.isEmpty(); batch = next()) {
            answer(batch);
        }
    }

    private synchronized List<Asking> next() {
        List<Asking> batch = new ArrayList<>();
        while (batch.size() < MOST_AT_ONCE && !waiting.isEmpty()) {
            batch.add(waiting.remove());
        }
        reading = !batch.isEmpty();
        return batch;
    }

    private void answer(List<Asking> batch) {
        try {
            Map<Sha256, Machine> found =
                    reader.apply(batch.stream().map(Asking::token).toList());
            batch.forEach(asking -> hand(asking, found));
        } catch (RuntimeException | Error e) {
            // Not thrown on: the loop has to read the tokens of the requests that came meanwhile.
            batch.forEach(asking -> asking.exchange.fail(e));
        }
    }

    /** Each goes on by itself: the next read must not wait for what follows. */
    private static void hand(Asking asking, Map<Sha256, Machine> found) {
        Machine machine = found.get(asking.token);
        Runnable next =
                machine == null ? () -> refuse(asking.exchange) : () -> pass(machine, asking.exchange, asking.then);
        try {
            asking.exchange.connectionThreads().execute(next);
        } catch (RejectedExecutionException e) {
            asking.exchange.fail(stopping(e));
        }
    }

    private static void refuse(Exchange exchange) {
        exchange.refused(Refusal.MACHINE_TOKEN);
        exchange.fail(MachineTokens.unknown());
    }

    /** Goes on with a request of this machine; what fails there is answered. */
    static void pass(Machine machine, Exchange exchange, Consumer<Machine> then) {
        exchange.answering(() -> then.accept(machine));
    }

    private void refuseAll(RejectedExecutionException cause) {
        for (List<Asking> batch = next(); !batch.isEmpty(); batch = next()) {
            batch.forEach(asking -> asking.exchange.fail(stopping(cause)));
        }
    }

    private static ProblemException stopping(RejectedExecutionException cause) {
        return new ProblemException.Unavailable("this unit is stopping; try again", cause);
    }
}
