package io.livepatch.acceptance;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;

/** HTTP calls from one source address, each limited to {@link #TIMEOUT} including the body. */
final class HttpCalls implements AutoCloseable {
    static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final HttpClient client;

    HttpCalls(SSLContext tls, String source, boolean http2) throws IOException {
        this.client = HttpClient.newBuilder()
                .sslContext(tls)
                .localAddress(InetAddress.getByName(source))
                .connectTimeout(TIMEOUT)
                .version(http2 ? HttpClient.Version.HTTP_2 : HttpClient.Version.HTTP_1_1)
                .build();
    }

    /** The body of an answer with status 200 or 201; other answers throw. */
    byte[] bytes(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<byte[]> answer = send(request);
        if (answer.statusCode() != 200 && answer.statusCode() != 201) {
            throw new IOException(
                    "status " + answer.statusCode() + ": " + new String(answer.body(), StandardCharsets.UTF_8).strip());
        }
        return answer.body();
    }

    String text(String url) throws IOException, InterruptedException {
        return new String(bytes(HttpRequest.newBuilder(URI.create(url))), StandardCharsets.UTF_8);
    }

    private HttpResponse<byte[]> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        CompletableFuture<HttpResponse<byte[]>> answer =
                client.sendAsync(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        try {
            return answer.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new IOException(String.valueOf(e.getCause()), e);
        } catch (TimeoutException e) {
            answer.cancel(true);
            throw new IOException("no whole answer within " + TIMEOUT.toSeconds() + " s", e);
        }
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
