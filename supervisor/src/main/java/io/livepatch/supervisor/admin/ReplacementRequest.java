package io.livepatch.supervisor.admin;

import io.livepatch.common.http.ClientGoneException;
import io.livepatch.common.http.Request;
import io.livepatch.common.http.RequestException;
import io.livepatch.common.http.Response;
import io.livepatch.supervisor.SupervisorException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Answers a request that queued a replacement: immediately, or with {@code ?wait=} when the replacement is complete. */
final class ReplacementRequest {

    private static final long POLL_MILLIS = 200;
    private static final long MAX_WAIT_SECONDS = 3600;

    private ReplacementRequest() {}

    static Response answer(Request request, CompletionStage<Void> stage) {
        Optional<Long> seconds = request.number("wait", 1, MAX_WAIT_SECONDS);
        if (seconds.isEmpty()) {
            return Response.json(202, Map.of("status", "in the queue; see GET /events, or ask with ?wait=<seconds>"));
        }
        try {
            await(request, stage.toCompletableFuture(), seconds.orElseThrow());
            return Response.json(200, Map.of("status", "replaced"));
        } catch (ExecutionException e) {
            if (e.getCause() instanceof SupervisorException ours) {
                throw ours;
            }
            throw new IllegalStateException("a recycle failed", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ClientGoneException();
        }
    }

    private static void await(Request request, Future<Void> done, long seconds)
            throws ExecutionException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (true) {
            try {
                done.get(POLL_MILLIS, TimeUnit.MILLISECONDS);
                return;
            } catch (TimeoutException notYet) {
                if (new ClientConnection(request.exchange()).gone()) {
                    throw new ClientGoneException();
                }
                if (System.nanoTime() - deadline >= 0) {
                    throw new RequestException(504, "not replaced within %d s; it goes on".formatted(seconds));
                }
            }
        }
    }
}
