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

/** Reads a response body up to a size limit, at a limited rate if wanted, and counts the bytes. */
final class LimitedBodyReader implements HttpResponse.BodySubscriber<byte[]> {
    @FunctionalInterface
    interface Sink {
        void write(ByteBuffer bytes) throws IOException;
    }

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

    /** Passes the body to the sink, at most at the given rate; the result is empty. */
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
    public void onSubscribe(Flow.Subscription newSubscription) {
        subscription = newSubscription;
        newSubscription.request(1);
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
                    throw new LivepatchException.InvalidAnswer(
                            "the response has more than the " + limit + " bytes allowed", null);
                }
                sink.write(part);
            }
            next(current);
        } catch (IOException | RuntimeException e) {
            current.cancel();
            body.completeExceptionally(e);
        }
    }

    /** Limits the rate by delayed demand: no thread waits, and backpressure leaves the rest of the body at the server. */
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
