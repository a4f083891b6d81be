package io.livepatch.fleet;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Takes the body of one answer as it comes, up to a limit, and knows how much came. */
final class Intake implements HttpResponse.BodySubscriber<byte[]> {
    /** Where the bytes go. */
    @FunctionalInterface
    interface Sink {
        void write(ByteBuffer bytes) throws IOException;
    }

    private final long limit;
    private final Sink sink;
    private final Supplier<byte[]> result;
    private final CompletableFuture<byte[]> body = new CompletableFuture<>();
    private final AtomicLong received = new AtomicLong();
    private volatile Flow.@Nullable Subscription subscription;

    private Intake(long limit, Sink sink, Supplier<byte[]> result) {
        this.limit = limit;
        this.sink = sink;
        this.result = result;
    }

    /** Keeps the body in memory. */
    static Intake inMemory(int limit) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        return new Intake(
                limit,
                part -> {
                    byte[] copy = new byte[part.remaining()];
                    part.get(copy);
                    bytes.write(copy);
                },
                bytes::toByteArray);
    }

    /** Hands the body on; its result is empty. */
    static Intake to(Sink sink, long limit) {
        return new Intake(limit, sink, () -> new byte[0]);
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
            current.request(1);
        } catch (IOException | RuntimeException e) {
            current.cancel();
            body.completeExceptionally(e);
        }
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
