package io.livepatch.fleet;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One request, one answer, in bounded time. The caller's thread waits; failures are {@link LivepatchException}s. */
final class Exchanges {
    private final HttpClient http;

    Exchanges(HttpClient http) {
        this.http = http;
    }

    /** Waits so long for the whole answer. */
    HttpResponse<byte[]> send(HttpRequest request, int limit, Duration deadline) {
        return send(request, head -> Intake.inMemory(limit), deadline, 1);
    }

    /** Waits while something arrives in each period of {@code silence}, for at most so many periods. */
    HttpResponse<byte[]> send(
            HttpRequest request, Function<HttpResponse.ResponseInfo, Intake> body, Duration silence, long periods) {
        AtomicReference<@Nullable Intake> intake = new AtomicReference<>();
        CompletableFuture<HttpResponse<byte[]>> answer = http.sendAsync(request, head -> {
            Intake chosen = body.apply(head);
            intake.set(chosen);
            return chosen;
        });
        try {
            return await(request.uri(), answer, intake, silence, periods);
        } catch (ExecutionException e) {
            throw Failures.of(request.uri(), cause(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LivepatchException.Interrupted(
                    "interrupted while waiting for '" + ServerUrl.withoutQuery(request.uri()) + "'", e);
        } finally {
            answer.cancel(true);
        }
    }

    private static HttpResponse<byte[]> await(
            URI uri,
            CompletableFuture<HttpResponse<byte[]>> answer,
            AtomicReference<@Nullable Intake> intake,
            Duration silence,
            long periods)
            throws InterruptedException, ExecutionException {
        long before = -1;
        for (long period = 0; period < periods; period++) {
            try {
                return answer.get(silence.toNanos(), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                Intake current = intake.get();
                long now = current == null ? -1 : current.received();
                if (now == before) {
                    break;
                }
                before = now;
            }
        }
        throw new LivepatchException.Unreachable(
                "'%s' went silent or too slow, waited %d ms".formatted(ServerUrl.withoutQuery(uri), silence.toMillis()),
                null,
                null);
    }

    private static Throwable cause(ExecutionException e) {
        Throwable cause = e.getCause();
        return cause == null ? e : cause;
    }
}
