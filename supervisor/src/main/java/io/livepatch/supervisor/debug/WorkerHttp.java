package io.livepatch.supervisor.debug;

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
 * Asks a worker's own HTTP server. Nothing of the visitor's request but the path goes with it, redirects are not followed, and
 * the answer is taken whole, within a time and a size, before a byte of it is passed on.
 */
final class WorkerHttp {

    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration STEP = Duration.ofMillis(200);

    private final Duration patience;
    private final long mostBytes;

    WorkerHttp(Duration patience, long mostBytes) {
        this.patience = patience;
        this.mostBytes = mostBytes;
    }

    Report get(URI uri, Requester requester) throws IOException, InterruptedException {
        TemporaryReportDirectory temporaryReportDirectory = TemporaryReportDirectory.own();
        boolean answered = false;
        try {
            Report report = get(uri, temporaryReportDirectory, requester);
            answered = true;
            return report;
        } finally {
            if (!answered) {
                temporaryReportDirectory.close();
            }
        }
    }

    private Report get(URI uri, TemporaryReportDirectory temporaryReportDirectory, Requester requester)
            throws InterruptedException {
        HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT)
                .followRedirects(HttpClient.Redirect.NEVER)
                .proxy(HttpClient.Builder.NO_PROXY)
                .build();
        try {
            HttpRequest request = HttpRequest.newBuilder(uri).build();
            HttpResponse<Path> answer = await(
                    client.sendAsync(
                            request,
                            BodyHandlers.limiting(
                                    BodyHandlers.ofFile(temporaryReportDirectory.file("body")), mostBytes)),
                    uri,
                    requester);
            String type = answer.headers().firstValue("content-type").orElse("application/octet-stream");
            return new Report(answer.statusCode(), type, answer.body(), temporaryReportDirectory);
        } finally {
            client.shutdownNow();
        }
    }

    private <T> T await(CompletableFuture<T> answer, URI uri, Requester requester) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        while (true) {
            try {
                return answer.get(STEP.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException notYet) {
                if (requester.gone()) {
                    throw new DebugException.Abandoned();
                }
                if (System.nanoTime() - deadline >= 0) {
                    throw new DebugException.Stuck("%s has no answer within %d s".formatted(uri, patience.toSeconds()));
                }
            } catch (ExecutionException e) {
                throw new DebugException.Failed(
                        "%s: %s; answers of at most %d bytes are passed on".formatted(uri, e.getCause(), mostBytes), e);
            }
        }
    }
}
