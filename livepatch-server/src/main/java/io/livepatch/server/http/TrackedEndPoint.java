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
 * A connection that knows which part of a request it is in, and since when. {@link Deadlines} reads that about once a second,
 * so no timer is set or cancelled for a request.
 *
 * <p>The fields are written by the thread that serves the connection, and read by the thread of {@link Deadlines}. {@code since}
 * is written before {@code phase}: a reader that sees a phase sees its beginning or a later one, so a phase is never
 * taken for older than it is.
 */
final class TrackedEndPoint extends SocketChannelEndPoint {
    /** What the connection waits for. */
    enum Phase {
        /** The header fields of a request: the first one of the connection, or one whose first bytes are here. */
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

    // Of the thread of Deadlines alone.
    private long periodStart;
    private long periodBytes;
    private @Nullable Phase periodPhase;

    TrackedEndPoint(SocketChannel channel, ManagedSelector selector, SelectionKey key, Scheduler scheduler) {
        super(channel, selector, key, scheduler);
    }

    /** The connection of a request; null if the request came some other way, as in a test of a single class. */
    static @Nullable TrackedEndPoint of(Request request) {
        return request.getConnectionMetaData().getConnection().getEndPoint() instanceof TrackedEndPoint tracked
                ? tracked
                : null;
    }

    /** The connection is in this phase from now on. */
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
            // One thread at a time fills, and one flushes, so that no atomic addition is needed.
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

    /** Whether it has been in its phase for longer than this. */
    boolean exceeds(Duration longest) {
        return NanoTime.since(since) > longest.toNanos();
    }

    /**
     * Whether bytes passed too slowly in a whole period in which the peer was to send or to read. Called by {@link Deadlines}
     * only.
     *
     * @param rate in bytes a second
     */
    boolean slowerThan(long rate, Duration period) {
        Phase now = phase;
        boolean uploads = now == Phase.UPLOAD;
        // While the unit itself reads from its store, nothing is pending and the peer is not to blame.
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

    /** Ends the wait for a body: its reader gets a {@link TimeoutException}, and can still answer. */
    void expireRead(String reason) {
        Connection connection = getConnection();
        if (connection != null) {
            connection.onIdleExpired(new TimeoutException(reason));
        }
    }
}
