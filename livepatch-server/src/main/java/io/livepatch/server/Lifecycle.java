package io.livepatch.server;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Parts that were started, to be closed in reverse. A part that cannot be started takes down what was started before it; a
 * part that cannot be closed does not keep the others open. For one thread.
 */
final class Lifecycle implements AutoCloseable {
    private final Deque<AutoCloseable> started = new ArrayDeque<>();

    /** What starting a part is. */
    interface Start {
        void run() throws Exception;
    }

    /** Takes over a part that needs no start. */
    <T extends AutoCloseable> T own(T part) {
        started.push(part);
        return part;
    }

    /** Starts a part; it is closed with the others even if only half of it started. */
    void start(AutoCloseable part, Start start) throws Exception {
        started.push(part);
        start.run();
    }

    @Override
    public void close() {
        RuntimeException first = null;
        while (!started.isEmpty()) {
            first = close(started.pop(), first);
        }
        if (first != null) {
            throw first;
        }
    }

    private static @Nullable RuntimeException close(AutoCloseable part, @Nullable RuntimeException first) {
        try {
            part.close();
            return first;
        } catch (Exception e) {
            RuntimeException failure = new IllegalStateException(
                    "could not close " + part.getClass().getSimpleName(), e);
            if (first == null) {
                return failure;
            }
            first.addSuppressed(failure);
            return first;
        }
    }
}
