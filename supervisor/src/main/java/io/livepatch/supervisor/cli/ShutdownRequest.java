package io.livepatch.supervisor.cli;

import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** The request to shut the supervisor down, and its reason. Thread-safe; may be called by the thread of a signal. */
final class ShutdownRequest {

    private final CountDownLatch requested = new CountDownLatch(1);
    private final AtomicReference<Optional<String>> reason = new AtomicReference<>(Optional.empty());
    private final AtomicInteger signals = new AtomicInteger();
    private volatile Runnable forceStop = () -> {};

    /** Handles a signal: the first one requests an orderly shutdown, each further one a forced stop. */
    void onSignal() {
        if (signals.incrementAndGet() == 1) {
            request("asked by a signal");
        } else {
            start(forceStop);
        }
    }

    private static void start(Runnable forceStop) {
        Thread.ofVirtual().name("force stop").start(forceStop);
    }

    /** Requests the shutdown; only the first reason is kept. */
    void request(String why) {
        reason.updateAndGet(first -> first.or(() -> Optional.of(why)));
        requested.countDown();
    }

    /** Sets the action of a second signal; runs it at once if that signal has arrived already. */
    void onSecondSignal(Runnable action) {
        forceStop = action;
        if (signals.get() > 1) {
            start(action);
        }
    }

    boolean signalReceived() {
        return signals.get() > 0;
    }

    boolean requested() {
        return requested.getCount() == 0;
    }

    Optional<String> reason() {
        return reason.get();
    }

    void await() throws InterruptedException {
        requested.await();
    }
}
