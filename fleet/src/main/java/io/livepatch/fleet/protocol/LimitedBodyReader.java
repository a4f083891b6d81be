package io.livepatch.fleet.protocol;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Takes the body of one answer as it comes, up to a limit, and knows how much came. */
final class LimitedBodyReader implements HttpResponse.BodySubscriber<byte[]> {
    /** Where the bytes go. */
    @FunctionalInterface
    interface Sink {
        void write(ByteBuffer bytes) throws IOException;
    }

    /** As fast as it comes. */
    static final long UNLIMITED = Long.MAX_VALUE;

    private final long limit;
    private final Sink sink;
    private final long bytesPerSecond;
    private final Supplier<byte[]> result;
    private final CompletableFuture<byte[]> body = new CompletableFuture<>();
    private final AtomicLong received = new AtomicLong();
    private final long begun = System.nanoTime();
    private volatile Flow.@Nullable Subscription subscription;

    private LimitedBodyReader(long limit, Sink sink, long bytesPerSecond, Supplier<byte[]> result) {
        this.limit = limit;
        this.sink = sink;
        this.bytesPerSecond = bytesPerSecond;
        this.result = result;
    }

    /** Keeps the body in memory. */
    static LimitedBodyReader inMemory(int limit) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        return new LimitedBodyReader(
                limit,
                part -> {
                    byte[] copy = new byte[part.remaining()];
                    part.get(copy);
                    bytes.write(copy);
                },
                UNLIMITED,
                bytes::toByteArray);
    }

    /** Hands the body on, no faster than that; its result is empty. */
    static LimitedBodyReader to(Sink sink, long limit, long bytesPerSecond) {
        return new LimitedBodyReader(limit, sink, bytesPerSecond, () -> new byte[0]);
    }

    long received() {
        return received.get();
    }

    @Override
    public CompletionStage<byte[]> getBody() {
        return body;
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        subscription = given;
        given.request(1);
    }

    @Override
    public void onNext(List<ByteBuffer> parts) {
        Flow.Subscription current = subscription;
        if (current == null || body.isDone()) {
            return;
        }
        try {
            for (ByteBuffer part : parts) {
                if (received.addAndGet(part.remaining()) > limit) {
                    throw new LivepatchException.InvalidAnswer("more than the " + limit + " bytes that were due", null);
                }
                sink.write(part);
            }
            next(current);
        } catch (IOException | RuntimeException e) {
            current.cancel();
            body.completeExceptionally(e);
        }
    }

    /** Reads slowly by asking late, so that no thread waits and what was not asked for stays with the server. */
    private void next(Flow.Subscription current) {
        if (bytesPerSecond == UNLIMITED) {
            current.request(1);
            return;
        }
        double due = received.get() * 1e9 / bytesPerSecond;
        long early = (long) due - (System.nanoTime() - begun);
        CompletableFuture.delayedExecutor(early, TimeUnit.NANOSECONDS).execute(() -> current.request(1));
    }

    @Override
    public void onError(Throwable failure) {
        body.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
        body.complete(result.get());
    }
}
