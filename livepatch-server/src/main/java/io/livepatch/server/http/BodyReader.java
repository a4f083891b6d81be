package io.livepatch.server.http;

import io.livepatch.server.metrics.Refusal;
import io.livepatch.server.problem.ProblemException;
import java.util.Arrays;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.thread.Invocable;

/**
 * Collects a request body as it arrives, without holding a thread or a slot, in bounded memory. The whole body must arrive within
 * {@code server.body-timeout}; progress does not extend it.
 */
final class BodyReader implements Invocable.Task {
    /**
     * Longest refused body that is read before the answer. If the server closes while the client still sends, the client gets a TCP reset
     * and may lose the answer.
     */
    private static final long DISCARD_LIMIT = 2L << 20;

    private static final int FIRST_CAPACITY = 512;

    private final Exchange exchange;
    private final int limit;
    private final Consumer<byte[]> reader;
    private byte[] collected = new byte[0];
    private long length;
    private int reserved;
    private boolean discarding;

    BodyReader(Exchange exchange, int limit, Consumer<byte[]> reader) {
        this.exchange = exchange;
        this.limit = limit;
        this.reader = reader;
    }

    /** Reads and drops the rest of the body, then runs {@code then}, also if the body does not arrive in time. */
    static void discard(Exchange exchange, Runnable then) {
        BodyReader discarder = new BodyReader(exchange, 0, _ -> then.run());
        discarder.discarding = true;
        discarder.run();
    }

    /** Whether the header fields announce a body. */
    static boolean announced(Request request) {
        HttpFields headers = request.getHeaders();
        return headers.contains(HttpHeader.TRANSFER_ENCODING) || headers.getLongField(HttpHeader.CONTENT_LENGTH) > 0;
    }

    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }

    @Override
    public void run() {
        try {
            if (refusedUnread()) {
                throw tooLarge();
            }
            if (readAvailable()) {
                exchange.bodyEnded();
                if (length > limit && !discarding) {
                    throw tooLarge();
                }
                reader.accept(length == collected.length ? collected : Arrays.copyOf(collected, (int) length));
            }
        } catch (RuntimeException | Error e) {
            exchange.bodyEnded();
            if (discarding) {
                exchange.response().getHeaders().put(HttpFields.CONNECTION_CLOSE);
                reader.accept(collected);
            } else {
                exchange.fail(e);
            }
        }
    }

    /** A body that is far too long is not read, nor one whose client waits for {@code 100 Continue}. */
    private boolean refusedUnread() {
        HttpFields headers = exchange.request().getHeaders();
        long announced = headers.getLongField(HttpHeader.CONTENT_LENGTH);
        return announced > DISCARD_LIMIT || (announced > limit && headers.contains(HttpHeader.EXPECT));
    }

    /** Reads the bytes that have arrived; false if the body has not ended: then {@link #run} is called again. */
    private boolean readAvailable() {
        while (true) {
            Content.Chunk chunk = exchange.request().read();
            if (chunk == null) {
                exchange.waitForBody();
                exchange.request().demand(this);
                return false;
            }
            if (Content.Chunk.isFailure(chunk)) {
                throw failed(chunk.getFailure());
            }
            boolean last = chunk.isLast();
            append(chunk, last);
            if (last) {
                return true;
            }
        }
    }

    private ProblemException failed(Throwable failure) {
        if (failure instanceof TimeoutException) {
            exchange.refused(Refusal.BODY_TIMEOUT);
            return new ProblemException.RequestTimeout(
                    "the body did not arrive in time (server.body-timeout); send it without pauses", failure);
        }
        return new ProblemException.BadRequest("the body ended early", failure);
    }

    private void append(Content.Chunk chunk, boolean last) {
        try {
            int offset = (int) Math.min(length, limit);
            length += chunk.remaining();
            if (length > DISCARD_LIMIT) {
                throw tooLarge();
            }
            if (length <= limit) {
                reserve((int) length, last);
                chunk.getByteBuffer().get(collected, offset, (int) length - offset);
            }
        } finally {
            chunk.release();
        }
    }

    /** Doubles the capacity: otherwise a body of many small chunks is copied once for each of them. */
    private void reserve(int needed, boolean last) {
        if (needed <= collected.length) {
            return;
        }
        int capacity =
                last ? needed : Math.min(limit, Math.max(Math.max(FIRST_CAPACITY, 2 * collected.length), needed));
        int counts = Math.max(0, capacity - BodyMemory.UNCOUNTED);
        if (counts > reserved) {
            exchange.reserveBodyMemory(counts - reserved);
            reserved = counts;
        }
        collected = Arrays.copyOf(collected, capacity);
    }

    private ProblemException tooLarge() {
        if (!discarding) {
            exchange.refused(Refusal.BODY_TOO_LARGE);
        }
        return new ProblemException.TooLarge("the body is longer than the " + limit + " bytes that this route reads");
    }

    /**
     * The memory of all bodies that are being collected. The first {@link #UNCOUNTED} bytes of a body are not counted: machines' bodies fit
     * in them, so larger bodies never cause the refusal of a machine; the limit of connections bounds them. Thread-safe.
     */
    static final class BodyMemory {
        /** A check-in is under 2 KiB, an enrolment under 1 KiB. */
        static final int UNCOUNTED = 4 << 10;

        private static final long LIMIT = 16L << 20;

        private final AtomicLong used = new AtomicLong();

        /** False if the limit would be exceeded. */
        boolean reserve(int bytes) {
            if (used.addAndGet(bytes) > LIMIT) {
                used.addAndGet(-bytes);
                return false;
            }
            return true;
        }

        void release(int bytes) {
            used.addAndGet(-bytes);
        }
    }
}
