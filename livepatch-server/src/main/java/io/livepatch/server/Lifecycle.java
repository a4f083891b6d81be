package io.livepatch.server;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Closes the started parts in reverse order, also those that failed to start. A part that fails to close does not keep the others open. Not
 * thread-safe.
 */
final class Lifecycle implements AutoCloseable {
    private final Deque<AutoCloseable> started = new ArrayDeque<>();

    /** Starts a part. */
    interface Start {
        void run() throws Exception;
    }

    /** Adds a part that needs no start. */
    <T extends AutoCloseable> T own(T part) {
        started.push(part);
        return part;
    }

    /** Starts a part; it is closed with the others even if it fails to start. */
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
