package io.livepatch.server.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.NanoTime;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * A connection that records the phase of its request and the time of its beginning. {@link Deadlines} reads both about once a second, so
 * requests set no timers.
 *
 * <p>The connection's thread writes the fields, the thread of {@link Deadlines} reads them. {@code since} is written before
 * {@code phase}, so a reader that sees a phase sees its beginning or a later one: a phase never appears older than it is.
 */
final class TrackedEndPoint extends SocketChannelEndPoint {
    /** What the connection is waiting for. */
    enum Phase {
        /** The header fields of a request: the first one of the connection, or one whose first bytes have arrived. */
        HEAD,
        /** The rest of a body that is collected before the request is dispatched. */
        BODY,
        /** The bytes of a patch, which a thread reads as they arrive. */
        UPLOAD,
        /** The unit's response. */
        RESPONSE,
        /** The next request. */
        IDLE
    }

    private volatile long since = NanoTime.now();
    private volatile Phase phase = Phase.HEAD;
    private final AtomicLong filled = new AtomicLong();
    private final AtomicLong flushed = new AtomicLong();

    // Confined to the thread of Deadlines.
    private long periodStart;
    private long periodBytes;
    private @Nullable Phase periodPhase;

    TrackedEndPoint(SocketChannel channel, ManagedSelector selector, SelectionKey key, Scheduler scheduler) {
        super(channel, selector, key, scheduler);
    }

    /** The connection of a request; null for a connection of another kind, such as a test's. */
    static @Nullable TrackedEndPoint of(Request request) {
        return request.getConnectionMetaData().getConnection().getEndPoint() instanceof TrackedEndPoint tracked
                ? tracked
                : null;
    }

    void enter(Phase next) {
        since = NanoTime.now();
        phase = next;
    }

    Phase phase() {
        return phase;
    }

    @Override
    public int fill(ByteBuffer buffer) throws IOException {
        int count = super.fill(buffer);
        if (count > 0) {
            // Only one thread at a time fills, and one flushes: no atomic addition is needed.
            filled.lazySet(filled.getPlain() + count);
            if (phase == Phase.IDLE) {
                enter(Phase.HEAD);
            }
        }
        return count;
    }

    @Override
    public boolean flush(ByteBuffer... buffers) throws IOException {
        long before = remaining(buffers);
        try {
            return super.flush(buffers);
        } finally {
            flushed.lazySet(flushed.getPlain() + before - remaining(buffers));
        }
    }

    private static long remaining(ByteBuffer... buffers) {
        long sum = 0;
        for (ByteBuffer buffer : buffers) {
            sum += buffer.remaining();
        }
        return sum;
    }

    boolean exceeds(Duration limit) {
        return NanoTime.since(since) > limit.toNanos();
    }

    /**
     * Whether the peer sent or read too slowly during a whole period. Called by {@link Deadlines} only.
     *
     * @param rate in bytes a second
     */
    boolean slowerThan(long rate, Duration period) {
        Phase now = phase;
        boolean uploads = now == Phase.UPLOAD;
        // Without a pending read or write the unit itself is the cause of the delay.
        boolean waiting = uploads ? isFillInterested() : getWriteFlusher().isPending();
        long bytes = uploads ? filled.get() : flushed.get();
        if (!waiting || now != periodPhase) {
            periodPhase = waiting ? now : null;
            periodStart = NanoTime.now();
            periodBytes = bytes;
            return false;
        }
        long elapsed = NanoTime.since(periodStart);
        if (elapsed < period.toNanos()) {
            return false;
        }
        boolean slow = (bytes - periodBytes) / (elapsed / 1e9) < rate;
        periodStart = NanoTime.now();
        periodBytes = bytes;
        return slow;
    }

    /** Fails the pending read of a body with a {@link TimeoutException}; the reader can still answer. */
    void expireRead(String reason) {
        Connection connection = getConnection();
        if (connection != null) {
            connection.onIdleExpired(new TimeoutException(reason));
        }
    }
}
