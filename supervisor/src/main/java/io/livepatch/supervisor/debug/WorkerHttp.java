package io.livepatch.supervisor.debug;

import io.livepatch.supervisor.debug.Debugging.Report;
import io.livepatch.supervisor.debug.Debugging.Requester;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Sends GET requests to a worker's own HTTP server. They contain nothing of the requester's request but the path; redirects are not
 * followed; the response is read completely, within a time and a size, before any of it is passed on.
 */
final class WorkerHttp {

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration POLL = Duration.ofMillis(200);

    private final Duration timeout;
    private final long maxBytes;

    WorkerHttp(Duration timeout, long maxBytes) {
        this.timeout = timeout;
        this.maxBytes = maxBytes;
    }

    Report get(URI uri, Requester requester) throws IOException, InterruptedException {
        TemporaryReportDirectory directory = TemporaryReportDirectory.own();
        boolean answered = false;
        try {
            Report report = get(uri, directory, requester);
            answered = true;
            return report;
        } finally {
            if (!answered) {
                directory.close();
            }
        }
    }

    private Report get(URI uri, TemporaryReportDirectory directory, Requester requester) throws InterruptedException {
        HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT_TIMEOUT)
                .followRedirects(HttpClient.Redirect.NEVER)
                .proxy(HttpClient.Builder.NO_PROXY)
                .build();
        try {
            HttpRequest request = HttpRequest.newBuilder(uri).build();
            HttpResponse<Path> answer = await(
                    client.sendAsync(
                            request, BodyHandlers.limiting(BodyHandlers.ofFile(directory.file("body")), maxBytes)),
                    uri,
                    requester);
            String type = answer.headers().firstValue("content-type").orElse("application/octet-stream");
            return new Report(answer.statusCode(), type, answer.body(), directory);
        } finally {
            client.shutdownNow();
        }
    }

    private <T> T await(CompletableFuture<T> answer, URI uri, Requester requester) throws InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (true) {
            try {
                return answer.get(POLL.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                if (requester.gone()) {
                    throw new DebugException.Abandoned();
                }
                if (System.nanoTime() - deadline >= 0) {
                    throw new DebugException.Stuck("%s has no answer within %d s".formatted(uri, timeout.toSeconds()));
                }
            } catch (ExecutionException e) {
                throw new DebugException.Failed(
                        "%s: %s; answers of at most %d bytes are passed on".formatted(uri, e.getCause(), maxBytes), e);
            }
        }
    }
}
