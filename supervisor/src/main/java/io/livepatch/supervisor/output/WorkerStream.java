package io.livepatch.supervisor.output;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One output stream of a worker, across restarts of its process. Passes lines to the sink, and an unfinished line after a time without
 * output. Thread-safe.
 */
final class WorkerStream {

    /** Runs tasks later. */
    @FunctionalInterface
    interface Timer {

        /** Runs tasks on the JDK's shared pool, so they must not block. */
        Timer SYSTEM = (delay, task) -> CompletableFuture.delayedExecutor(delay.toMillis(), TimeUnit.MILLISECONDS)
                .execute(task);

        void schedule(Duration delay, Runnable task);
    }

    private final LineSplitter.Sink sink;
    private final LineSplitter splitter;
    private final Duration quiet;
    private final LongAdder bytesRead;
    private final InstantSource clock;
    private final Timer timer;
    /** Contended only while the timer's task runs. */
    private final ReentrantLock lock = new ReentrantLock();

    private Instant lastRead = Instant.EPOCH;
    private boolean scheduled;

    WorkerStream(
            LineSplitter.Sink sink,
            OutputLimits limits,
            OutputCounts.Counters counters,
            InstantSource clock,
            Timer timer) {
        this.sink = sink;
        this.splitter = new LineSplitter(limits, sink);
        this.quiet = limits.quiet();
        this.bytesRead = counters.bytes;
        this.clock = clock;
        this.timer = timer;
    }

    void read(byte[] bytes, int length) {
        lock.lock();
        try {
            bytesRead.add(length);
            lastRead = clock.instant();
            sink.readAt(lastRead);
            splitter.split(bytes, length);
            sink.flush();
            if (!scheduled && splitter.hasUnfinishedText()) {
                schedule(quiet);
            }
        } finally {
            lock.unlock();
        }
    }

    /** At most one task is scheduled for any number of chunks; it schedules itself again for the remaining time. */
    private void schedule(Duration delay) {
        scheduled = true;
        timer.schedule(delay, this::passUnfinishedIfQuiet);
    }

    private void passUnfinishedIfQuiet() {
        lock.lock();
        try {
            scheduled = false;
            if (!splitter.hasUnfinishedText()) {
                return;
            }
            Duration silence = Duration.between(lastRead, clock.instant());
            if (silence.compareTo(quiet) >= 0 || silence.isNegative()) {
                splitter.passUnfinishedText();
                sink.flush();
            } else {
                schedule(quiet.minus(silence));
            }
        } finally {
            lock.unlock();
        }
    }

    /** The process has ended: its last line is whole. */
    void end() {
        lock.lock();
        try {
            splitter.end();
            sink.flush();
        } finally {
            lock.unlock();
        }
    }
}
