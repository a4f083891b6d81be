package io.livepatch.server.http;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds the memory of all bodies that are collected at once. The first {@link #FREE} bytes of a body are not counted: a machine's
 * body fits in them, so bodies of machines are refused by no amount of larger ones, and the limit of connections bounds them.
 * Thread-safe.
 */
final class BodyMemory {
    /** A check-in is under 2 KiB, an enrolment under 1 KiB. */
    static final int FREE = 4 << 10;

    private static final long MOST = 16L << 20;

    private final AtomicLong used = new AtomicLong();

    /** Takes so many bytes; false if there are not as many. */
    boolean take(int bytes) {
        if (used.addAndGet(bytes) > MOST) {
            used.addAndGet(-bytes);
            return false;
        }
        return true;
    }

    void giveBack(int bytes) {
        used.addAndGet(-bytes);
    }
}
