package io.livepatch.server.care;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Keeps reading at a rate. Time that was not used is not saved up, so that there is never a burst. For one thread.
 */
final class Pace {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();
    private static final int LARGEST_READ = 64 << 10;
    /** Slower than this, reads get smaller, so that they stay a few a second. */
    private static final int READS_A_SECOND = 4;

    private final long rate;
    private final LongSupplier nanos;
    private final Waiting waiting;
    private long free;

    /** How time is let pass. */
    interface Waiting {
        /** Waits this long; answers false at once when there is nothing to wait for any more, since all is to end. */
        boolean pause(Duration duration);
    }

    /** Reading was ended from outside, and says nothing of what was read. */
    static final class StoppedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        StoppedException() {
            super("asked to end");
        }
    }

    /**
     * Begins now.
     *
     * @param rate in bytes a second
     * @param nanos the time, as {@link System#nanoTime} counts it
     */
    Pace(long rate, LongSupplier nanos, Waiting waiting) {
        this.rate = rate;
        this.nanos = nanos;
        this.waiting = waiting;
        this.free = nanos.getAsLong();
    }

    /** The same bytes, at this pace. Its reads throw {@link StoppedException} when all is to end. */
    InputStream of(InputStream bytes) {
        return new Paced(bytes);
    }

    /** Waits until what was read before is paid for, and puts these bytes on the bill. */
    private void spend(long bytes) {
        long now = nanos.getAsLong();
        if (!waiting.pause(Duration.ofNanos(Math.max(0, free - now)))) {
            throw new StoppedException();
        }
        free = Math.max(free, now) + (long) ((double) bytes / rate * SECOND);
    }

    private final class Paced extends FilterInputStream {
        Paced(InputStream bytes) {
            super(bytes);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int most = Math.clamp(rate / READS_A_SECOND, 1, LARGEST_READ);
            int read = super.read(target, offset, Math.min(length, most));
            spend(Math.max(read, 0));
            return read;
        }

        @Override
        public long skip(long count) {
            return 0;
        }
    }
}
