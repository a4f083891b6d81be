package io.livepatch.supervisor.cli;

import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** That the supervisor is to end, and why. Safe for use by any thread, that of a signal included. */
final class Ending {

    private final CountDownLatch begun = new CountDownLatch(1);
    private final AtomicReference<Optional<String>> why = new AtomicReference<>(Optional.empty());
    private final AtomicInteger asked = new AtomicInteger();
    private volatile Runnable hurry = () -> {};

    /** A signal, or somebody like it: the second one means that there is no time. */
    void ask() {
        if (asked.incrementAndGet() == 1) {
            begin("asked by a signal");
        } else {
            inAHurry(hurry);
        }
    }

    private static void inAHurry(Runnable action) {
        Thread.ofVirtual().name("hurry").start(action);
    }

    /** It has to end by itself. */
    void begin(String reason) {
        why.updateAndGet(first -> first.or(() -> Optional.of(reason)));
        begun.countDown();
    }

    /** What a second request calls; at once when that has come already. */
    void onHurry(Runnable action) {
        hurry = action;
        if (asked.get() > 1) {
            inAHurry(action);
        }
    }

    /** Whether a signal has come. */
    boolean asked() {
        return asked.get() > 0;
    }

    boolean begun() {
        return begun.getCount() == 0;
    }

    Optional<String> why() {
        return why.get();
    }

    void await() throws InterruptedException {
        begun.await();
    }
}
