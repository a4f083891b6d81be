package io.livepatch.supervisor.output;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;

/** One stream of a worker, over all of its processes: what is read goes in, lines go to the sink, an unfinished one after a while. */
final class WorkerStream {

    private final LineSink sink;
    private final LineSplitter splitter;
    private final Duration quiet;
    private final LongAdder bytesRead;
    private final InstantSource clock;
    private final Timer timer;
    /** Its pump's own but for the alarm's moments, so a pump seldom waits for it. */
    private final ReentrantLock lock = new ReentrantLock();

    private Instant lastRead = Instant.EPOCH;
    private boolean alarmed;

    WorkerStream(LineSink sink, OutputLimits limits, OutputCounters outputCounters, InstantSource clock, Timer timer) {
        this.sink = sink;
        this.splitter = new LineSplitter(limits, sink);
        this.quiet = limits.quiet();
        this.bytesRead = outputCounters.bytes;
        this.clock = clock;
        this.timer = timer;
    }

    void take(byte[] bytes, int length) {
        lock.lock();
        try {
            bytesRead.add(length);
            lastRead = clock.instant();
            sink.at(lastRead);
            splitter.take(bytes, length);
            sink.flush();
            if (!alarmed && splitter.holdsText()) {
                alarmIn(quiet);
            }
        } finally {
            lock.unlock();
        }
    }

    /** One alarm for any number of chunks: it looks when the last one came, and waits for what is left. */
    private void alarmIn(Duration delay) {
        alarmed = true;
        timer.in(delay, this::passIfQuiet);
    }

    private void passIfQuiet() {
        lock.lock();
        try {
            alarmed = false;
            if (!splitter.holdsText()) {
                return;
            }
            Duration silence = Duration.between(lastRead, clock.instant());
            if (silence.compareTo(quiet) >= 0 || silence.isNegative()) {
                splitter.passText();
                sink.flush();
            } else {
                alarmIn(quiet.minus(silence));
            }
        } finally {
            lock.unlock();
        }
    }

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
