package io.livepatch.server.integrity;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.function.LongSupplier;

/** Limits the rate of reading. Unused time is not saved up, so that there are no bursts. Not thread-safe. */
final class ReadRateLimiter {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();
    private static final int MAX_READ = 64 << 10;
    /** At rates below four times {@link #MAX_READ}, reads get smaller instead of rarer. */
    private static final int MIN_READS_PER_SECOND = 4;

    private final long rate;
    private final LongSupplier nanoTime;
    private final Pause pause;
    private long nextRead;

    /** Waits. */
    interface Pause {
        /** Waits this long; returns false at once when the reader is to stop. */
        boolean await(Duration duration);
    }

    /** Reading was stopped; the bytes so far say nothing about the patch. */
    static final class StoppedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        StoppedException() {
            super("reading was stopped");
        }
    }

    /**
     * Starts now.
     *
     * @param rate in bytes per second
     * @param nanoTime like {@link System#nanoTime}
     */
    ReadRateLimiter(long rate, LongSupplier nanoTime, Pause pause) {
        this.rate = rate;
        this.nanoTime = nanoTime;
        this.pause = pause;
        this.nextRead = nanoTime.getAsLong();
    }

    /** The same bytes at the limited rate. Reads throw {@link StoppedException} when the reader is to stop. */
    InputStream limit(InputStream bytes) {
        return new LimitedStream(bytes);
    }

    /** Waits until the time of the earlier bytes is over, and adds the time of these. */
    private void awaitRate(long bytes) {
        long now = nanoTime.getAsLong();
        if (!pause.await(Duration.ofNanos(Math.max(0, nextRead - now)))) {
            throw new StoppedException();
        }
        nextRead = Math.max(nextRead, now) + (long) ((double) bytes / rate * SECOND);
    }

    private final class LimitedStream extends FilterInputStream {
        LimitedStream(InputStream bytes) {
            super(bytes);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int max = Math.clamp(rate / MIN_READS_PER_SECOND, 1, MAX_READ);
            int read = super.read(target, offset, Math.min(length, max));
            awaitRate(Math.max(read, 0));
            return read;
        }

        @Override
        public long skip(long count) {
            return 0;
        }
    }
}
