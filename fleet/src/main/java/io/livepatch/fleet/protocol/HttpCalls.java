package io.livepatch.fleet.protocol;

import io.livepatch.fleet.protocol.CallListener.Giver;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One request, one answer, in bounded time. The caller's thread waits; failures are {@link LivepatchException}s. */
final class HttpCalls {
    /** What haproxy says of who answered. */
    static final String UNIT = "X-Livepatch-Unit";

    private static final int MAX_UNIT = 64;

    private final ServerAddress server;
    private final HttpClient http;
    private final InstantSource clock;
    private final CallLimiter concurrencyLimiter;
    private final CallListener listener;

    HttpCalls(
            ServerAddress server,
            HttpClient http,
            InstantSource clock,
            CallLimiter concurrencyLimiter,
            CallListener listener) {
        this.server = server;
        this.http = http;
        this.clock = clock;
        this.concurrencyLimiter = concurrencyLimiter;
        this.listener = listener;
    }

    HttpCalls heardBy(CallListener other) {
        return new HttpCalls(server, http, clock, concurrencyLimiter, other);
    }

    HttpCalls sharing(CallLimiter other) {
        return new HttpCalls(server, http, clock, other, listener);
    }

    /** Waits so long for the whole answer. */
    HttpResponse<byte[]> send(String call, HttpRequest request, int limit, Duration deadline) {
        return send(call, request, head -> LimitedBodyReader.inMemory(limit), deadline, 1);
    }

    /** Waits while something arrives in each period of {@code silence}, for at most so many periods. */
    HttpResponse<byte[]> send(
            String call,
            HttpRequest request,
            Function<HttpResponse.ResponseInfo, LimitedBodyReader> body,
            Duration silence,
            long periods) {
        try {
            HttpResponse<byte[]> answer = exchange(call, request, body, silence, periods);
            listener.heard(new CallListener.Attempt.Answered(
                    call, answer.statusCode(), giver(answer), RetryAfter.of(answer, clock)));
            return answer;
        } catch (LivepatchException e) {
            listener.heard(new CallListener.Attempt.Failed(call, e));
            throw e;
        }
    }

    private Giver giver(HttpResponse<?> answer) {
        Optional<String> unit = answer.headers().firstValue(UNIT);
        if (unit.isPresent()) {
            return new Giver.Unit(InputSyntax.quotable(unit.get(), MAX_UNIT));
        }
        String authority = answer.uri().getAuthority();
        return authority.equals(server.base().getAuthority()) ? new Giver.Door() : new Giver.Elsewhere(authority);
    }

    private HttpResponse<byte[]> exchange(
            String call,
            HttpRequest request,
            Function<HttpResponse.ResponseInfo, LimitedBodyReader> body,
            Duration silence,
            long periods) {
        CallLimiter.Place place = enter(call, request);
        AtomicReference<@Nullable LimitedBodyReader> intake = new AtomicReference<>();
        CompletableFuture<HttpResponse<byte[]>> answer = http.sendAsync(request, head -> {
            place.leave();
            LimitedBodyReader chosen = body.apply(head);
            intake.set(chosen);
            return chosen;
        });
        try {
            return await(request.uri(), answer, intake, silence, periods);
        } catch (ExecutionException e) {
            throw FailureTranslator.of(request.uri(), cause(e));
        } catch (InterruptedException e) {
            throw interrupted(request, e);
        } finally {
            answer.cancel(true);
            place.leave();
        }
    }

    private CallLimiter.Place enter(String call, HttpRequest request) {
        try {
            return concurrencyLimiter.enter(() -> listener.heard(new CallListener.Attempt.Held(call)));
        } catch (InterruptedException e) {
            throw interrupted(request, e);
        }
    }

    private static LivepatchException interrupted(HttpRequest request, InterruptedException e) {
        Thread.currentThread().interrupt();
        return new LivepatchException.Interrupted(
                "interrupted while waiting for '" + ServerAddress.withoutQuery(request.uri()) + "'", e);
    }

    private static HttpResponse<byte[]> await(
            URI uri,
            CompletableFuture<HttpResponse<byte[]>> answer,
            AtomicReference<@Nullable LimitedBodyReader> intake,
            Duration silence,
            long periods)
            throws InterruptedException, ExecutionException {
        long before = -1;
        for (long period = 0; period < periods; period++) {
            try {
                return answer.get(silence.toNanos(), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                LimitedBodyReader current = intake.get();
                long now = current == null ? -1 : current.received();
                if (now == before) {
                    break;
                }
                before = now;
            }
        }
        throw new LivepatchException.Unreachable(
                "timeout",
                "'%s' went silent or too slow, waited %d ms"
                        .formatted(ServerAddress.withoutQuery(uri), silence.toMillis()),
                null,
                null);
    }

    private static Throwable cause(ExecutionException e) {
        Throwable cause = e.getCause();
        return cause == null ? e : cause;
    }
}
