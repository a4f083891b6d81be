package io.livepatch.server.machine;

import io.livepatch.server.metrics.Metrics;
import java.time.Duration;
import java.util.function.Supplier;

/** Measures the calls of a DAO, and counts those that fail. */
record QueryTimer(Metrics metrics) {

    <T> T measure(String method, Supplier<T> query) {
        long start = System.nanoTime();
        try {
            return query.get();
        } catch (RuntimeException e) {
            metrics.databaseError();
            throw e;
        } finally {
            metrics.query(method, Duration.ofNanos(System.nanoTime() - start));
        }
    }
}
