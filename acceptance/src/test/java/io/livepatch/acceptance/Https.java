package io.livepatch.acceptance;

import io.livepatch.common.net.CaBundle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import javax.net.ssl.SSLContext;

/** An HTTPS client that trusts one CA file only. */
final class Https implements AutoCloseable {
    private final HttpClient client;

    Https(Path ca) {
        this.client = HttpClient.newBuilder().sslContext(trusting(ca)).build();
    }

    HttpResponse<String> get(String url) {
        try {
            return client.send(HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(url, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted during " + url, e);
        }
    }

    /** Closes its connections. */
    @Override
    public void close() {
        client.close();
    }

    /** A client TLS context that trusts this CA only. */
    static SSLContext trusting(Path ca) {
        try {
            return CaBundle.read(ca).sslContext();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
