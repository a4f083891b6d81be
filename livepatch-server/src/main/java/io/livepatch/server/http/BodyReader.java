package io.livepatch.server.http;

import io.livepatch.server.problem.ProblemException;
import java.util.Arrays;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.util.thread.Invocable;

/** Collects a body as it comes in. Holds no thread while it waits, and no more than the body's limit. */
final class BodyReader implements Invocable.Task {
    private final Exchange exchange;
    private final int limit;
    private final Consumer<byte[]> reader;
    private byte[] collected = new byte[0];

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
            if (exchange.request().getHeaders().getLongField(HttpHeader.CONTENT_LENGTH) > limit) {
                throw tooLarge();
            }
            if (complete()) {
                reader.accept(collected);
            }
        } catch (RuntimeException e) {
            exchange.fail(e);
        }
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
            int length = chunk.remaining();
            if (collected.length + length > limit) {
                throw tooLarge();
            }
            int offset = collected.length;
            collected = Arrays.copyOf(collected, offset + length);
            chunk.getByteBuffer().get(collected, offset, length);
        } finally {
            chunk.release();
        }
    }

    private ProblemException tooLarge() {
        return new ProblemException.TooLarge("the body is longer than the " + limit + " bytes that this route reads");
    }
}
