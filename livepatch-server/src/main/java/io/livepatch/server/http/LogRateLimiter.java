package io.livepatch.server.http;

import java.time.Duration;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/** Lets one pass in each period and counts the others. Thread-safe. */
final class LogRateLimiter {
    private final long period;
    private final LongSupplier nanoTime;
    private long passed;
    private long leftOut;

    LogRateLimiter(Duration period, LongSupplier nanoTime) {
        this.period = period.toNanos();
        this.nanoTime = nanoTime;
        this.passed = nanoTime.getAsLong() - this.period;
    }

    /** How many were left out since the last one passed, if this one passes; empty if it does not. */
    synchronized OptionalLong pass() {
        long now = nanoTime.getAsLong();
        if (now - passed < period) {
            leftOut++;
            return OptionalLong.empty();
        }
        OptionalLong before = OptionalLong.of(leftOut);
        passed = now;
        leftOut = 0;
        return before;
    }
}
