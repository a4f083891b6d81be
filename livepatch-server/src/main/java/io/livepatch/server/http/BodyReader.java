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
 * Collects a body as it arrives. Holds no thread and no slot meanwhile, and bounded memory. The whole body must be here within
 * {@code server.body-timeout}; bytes that arrive do not extend it.
 */
final class BodyReader implements Invocable.Task {
    /**
     * How much is read of a body that is refused. When a server answers and closes while the client still sends, the client's
     * kernel gets a reset and may discard the answer; so a body that is not much too long is read before the answer.
     */
    private static final long SWALLOWED = 2L << 20;

    private static final int FIRST_CAPACITY = 512;

    private final Exchange exchange;
    private final int limit;
    private final Consumer<byte[]> reader;
    private byte[] collected = new byte[0];
    private long length;
    private int counted;
    private boolean discarding;

    BodyReader(Exchange exchange, int limit, Consumer<byte[]> reader) {
        this.exchange = exchange;
        this.limit = limit;
        this.reader = reader;
    }

    /** Reads and drops what is left of the body, then runs {@code then}, also when the body does not come in time. */
    static void discard(Exchange exchange, Runnable then) {
        BodyReader discarder = new BodyReader(exchange, 0, _ -> then.run());
        discarder.discarding = true;
        discarder.run();
    }

    /** Whether the request says that it has a body. */
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
            if (hopeless()) {
                throw tooLarge();
            }
            if (complete()) {
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

    /** A body that is far too long is not read at all, nor one of a client that waits for {@code 100 Continue}. */
    private boolean hopeless() {
        HttpFields headers = exchange.request().getHeaders();
        long announced = headers.getLongField(HttpHeader.CONTENT_LENGTH);
        return announced > SWALLOWED || (announced > limit && headers.contains(HttpHeader.EXPECT));
    }

    /** Takes the bytes that have arrived; false if there will be more, and then it is run again. */
    private boolean complete() {
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
        return new ProblemException.BadRequest("the body stopped coming", failure);
    }

    private void append(Content.Chunk chunk, boolean last) {
        try {
            int offset = (int) Math.min(length, limit);
            length += chunk.remaining();
            if (length > SWALLOWED) {
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

    /** Doubles the capacity, so that a body of many small pieces is not copied once for each of them. */
    private void reserve(int needed, boolean last) {
        if (needed <= collected.length) {
            return;
        }
        int capacity =
                last ? needed : Math.min(limit, Math.max(Math.max(FIRST_CAPACITY, 2 * collected.length), needed));
        int counts = Math.max(0, capacity - BodyMemory.FREE);
        if (counts > counted) {
            exchange.takeBodyMemory(counts - counted);
            counted = counts;
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
     * Bounds the memory of all bodies that are collected at once. The first {@link #FREE} bytes of a body are not counted: a machine's
     * body fits in them, so bodies of machines are refused by no amount of larger ones, and the limit of connections bounds them.
     * Thread-safe.
     */
    static final class BodyMemory {
        /** A check-in is under 2 KiB, an enrolment under 1 KiB. */
        static final int FREE = 4 << 10;

        private static final long MOST = 16L << 20;

        private final AtomicLong used = new AtomicLong();

        /** Takes so many bytes; false if there are not as many. */
        boolean take(int bytes) {
            if (used.addAndGet(bytes) > MOST) {
                used.addAndGet(-bytes);
                return false;
            }
            return true;
        }

        void giveBack(int bytes) {
            used.addAndGet(-bytes);
        }
    }
}
