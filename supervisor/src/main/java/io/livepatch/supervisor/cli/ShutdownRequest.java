package io.livepatch.supervisor.cli;

import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** The request to end the supervisor, and its reason. Thread-safe, also in the thread of a signal. */
final class ShutdownRequest {

    private final CountDownLatch begun = new CountDownLatch(1);
    private final AtomicReference<Optional<String>> why = new AtomicReference<>(Optional.empty());
    private final AtomicInteger asked = new AtomicInteger();
    private volatile Runnable second = () -> {};

    /** Handles a signal: the first begins an orderly end, the second kills. */
    void ask() {
        if (asked.incrementAndGet() == 1) {
            begin("asked by a signal");
        } else {
            runAside(second);
        }
    }

    private static void runAside(Runnable action) {
        Thread.ofVirtual().name("second signal").start(action);
    }

    /** Begins the end; only the first reason counts. */
    void begin(String reason) {
        why.updateAndGet(first -> first.or(() -> Optional.of(reason)));
        begun.countDown();
    }

    /** Sets what a second signal calls; it is called at once if that signal has come already. */
    void onSecondRequest(Runnable action) {
        second = action;
        if (asked.get() > 1) {
            runAside(action);
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
