package io.livepatch.server.http;

import io.livepatch.server.problem.ProblemException;
import java.util.Arrays;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.util.thread.Invocable;

/** Collects a body as it comes in. Holds no thread while it waits, and no more than the body's limit. */
final class BodyReader implements Invocable.Task {
    /** How much of a body is read that is refused. */
    private static final long SWALLOWED = 2L << 20;

    private final Exchange exchange;
    private final int limit;
    private final Consumer<byte[]> reader;
    private byte[] collected = new byte[0];
    private long length;

    BodyReader(Exchange exchange, int limit, Consumer<byte[]> reader) {
        this.exchange = exchange;
        this.limit = limit;
        this.reader = reader;
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
                if (length > limit) {
                    throw tooLarge();
                }
                reader.accept(collected);
            }
        } catch (RuntimeException e) {
            exchange.fail(e);
        }
    }

    /**
     * A body that is too long is read all the same, if it is not much too long: a server that answers and closes while the client
     * still sends makes the client's system throw the answer away. One that asks before it sends is told no.
     */
    private boolean hopeless() {
        HttpFields headers = exchange.request().getHeaders();
        long announced = headers.getLongField(HttpHeader.CONTENT_LENGTH);
        return announced > SWALLOWED || (announced > limit && headers.contains(HttpHeader.EXPECT));
    }

    /** Takes what is there; asks to be run again and answers false when there will be more. */
    private boolean complete() {
        while (true) {
            Content.Chunk chunk = exchange.request().read();
            if (chunk == null) {
                exchange.request().demand(this);
                return false;
            }
            if (Content.Chunk.isFailure(chunk)) {
                throw new ProblemException.BadRequest("the body stopped coming", chunk.getFailure());
            }
            boolean last = chunk.isLast();
            append(chunk);
            if (last) {
                return true;
            }
        }
    }

    private void append(Content.Chunk chunk) {
        try {
            int offset = collected.length;
            length += chunk.remaining();
            if (length > SWALLOWED) {
                throw tooLarge();
            }
            if (length <= limit) {
                collected = Arrays.copyOf(collected, (int) length);
                chunk.getByteBuffer().get(collected, offset, (int) length - offset);
            }
        } finally {
            chunk.release();
        }
    }

    private ProblemException tooLarge() {
        return new ProblemException.TooLarge("the body is longer than the " + limit + " bytes that this route reads");
    }
}
