package io.livepatch.fleet.protocol;

import io.livepatch.fleet.protocol.CallListener.Responder;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Sends single requests with timeouts; failures are {@link LivepatchException}s. Blocks the calling thread.
 *
 * @param closing adds {@code Connection: close} to each request
 */
record HttpCalls(
        ServerAddress server,
        HttpClient http,
        InstantSource clock,
        CallLimiter callLimiter,
        CallListener listener,
        boolean closing) {
    /** The header in which haproxy names the unit that answered. */
    static final String UNIT = "X-Livepatch-Unit";

    private static final int MAX_UNIT = 64;

    HttpCalls withListener(CallListener other) {
        return new HttpCalls(server, http, clock, callLimiter, other, closing);
    }

    HttpCalls withLimiter(CallLimiter other) {
        return new HttpCalls(server, http, clock, other, listener, closing);
    }

    HttpCalls closingConnections() {
        return new HttpCalls(server, http, clock, callLimiter, listener, true);
    }

    HttpRequest.Builder request(URI uri) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri);
        return closing ? request.header("Connection", "close") : request;
    }

    /** Waits at most {@code timeout} for the whole response. */
    HttpResponse<byte[]> send(String call, HttpRequest request, int maxBytes, Duration timeout) {
        return send(call, request, head -> LimitedBodyReader.inMemory(maxBytes), timeout, 1);
    }

    /** Waits for at most {@code periods} periods of {@code silence}, and gives up after a period in which nothing arrived. */
    HttpResponse<byte[]> send(
            String call,
            HttpRequest request,
            Function<HttpResponse.ResponseInfo, LimitedBodyReader> body,
            Duration silence,
            long periods) {
        try {
            HttpResponse<byte[]> answer = exchange(call, request, body, silence, periods);
            listener.onAttempt(new CallListener.Attempt.Answered(
                    call, answer.statusCode(), responder(answer), retryAfter(answer, clock)));
            return answer;
        } catch (LivepatchException e) {
            listener.onAttempt(new CallListener.Attempt.Failed(call, e));
            throw e;
        }
    }

    /** Parses {@code Retry-After} (RFC 9110, 10.2.3), seconds or a date; empty if it is missing or malformed. */
    static Optional<Duration> retryAfter(HttpResponse<?> answer, InstantSource clock) {
        String text = answer.headers().firstValue("Retry-After").orElse("").strip();
        if (text.isEmpty()) {
            return Optional.empty();
        }
        if (text.matches("\\d{1,9}")) {
            return Optional.of(Duration.ofSeconds(Long.parseLong(text)));
        }
        try {
            Instant until = Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(text));
            Duration left = Duration.between(clock.instant(), until);
            return Optional.of(left.isNegative() ? Duration.ZERO : left);
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    private Responder responder(HttpResponse<?> answer) {
        Optional<String> unit = answer.headers().firstValue(UNIT);
        if (unit.isPresent()) {
            return new Responder.Unit(InputSyntax.quotable(unit.get(), MAX_UNIT));
        }
        String authority = answer.uri().getAuthority();
        return authority.equals(server.base().getAuthority()) ? new Responder.Server() : new Responder.Other(authority);
    }

    private HttpResponse<byte[]> exchange(
            String call,
            HttpRequest request,
            Function<HttpResponse.ResponseInfo, LimitedBodyReader> body,
            Duration silence,
            long periods) {
        CallLimiter.Permit permit = acquirePermit(call, request);
        AtomicReference<@Nullable LimitedBodyReader> reader = new AtomicReference<>();
        CompletableFuture<HttpResponse<byte[]>> answer = http.sendAsync(request, head -> {
            permit.release();
            LimitedBodyReader chosen = body.apply(head);
            reader.set(chosen);
            return chosen;
        });
        try {
            return await(request.uri(), answer, reader, silence, periods);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            throw FailureTranslator.of(request.uri(), cause == null ? e : cause);
        } catch (InterruptedException e) {
            throw interrupted(request, e);
        } finally {
            answer.cancel(true);
            permit.release();
        }
    }

    private CallLimiter.Permit acquirePermit(String call, HttpRequest request) {
        try {
            return callLimiter.acquire(() -> listener.onAttempt(new CallListener.Attempt.Held(call)));
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
            AtomicReference<@Nullable LimitedBodyReader> reader,
            Duration silence,
            long periods)
            throws InterruptedException, ExecutionException {
        long before = -1;
        for (long period = 0; period < periods; period++) {
            try {
                return answer.get(silence.toNanos(), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                LimitedBodyReader current = reader.get();
                long now = current == null ? -1 : current.received();
                if (now == before) {
                    break;
                }
                before = now;
            }
        }
        throw new LivepatchException.Unreachable(
                "timeout",
                "'%s' is silent or too slow, waited %d ms"
                        .formatted(ServerAddress.withoutQuery(uri), silence.toMillis()),
                null,
                null);
    }
}
