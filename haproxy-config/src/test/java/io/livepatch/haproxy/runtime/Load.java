package io.livepatch.haproxy.runtime;

import static org.awaitility.Awaitility.await;

import io.livepatch.testing.TestCertificate;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** Clients that send requests without pauses: HTTP/1.1 and HTTP/2 on persistent connections, and with a new connection per request. */
final class Load implements AutoCloseable {
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final AtomicInteger done = new AtomicInteger();
    private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
    private final List<HttpClient> clients = new ArrayList<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    static Load on(int port, TestCertificate certificate) {
        Load load = new Load();
        for (int i = 0; i < 2; i++) {
            load.keepAlive("http/1.1", port, Clients.keepAlive(certificate.trust(), HttpClient.Version.HTTP_1_1));
            load.keepAlive("http/2", port, Clients.keepAlive(certificate.trust(), HttpClient.Version.HTTP_2));
            load.repeat("close", () -> {
                String answer = Clients.raw(
                        certificate.trust(),
                        port,
                        "POST /v1/client/m/updates HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
                return answer.startsWith("HTTP/1.1 200") ? "" : answer;
            });
        }
        return load;
    }

    private void keepAlive(String kind, int port, HttpClient client) {
        clients.add(client);
        HttpRequest request = Clients.request(port, "/v1/client/m/info").build();
        repeat(kind, () -> {
            HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
            return response.statusCode() == 200 ? "" : response + response.body();
        });
    }

    private void repeat(String kind, Attempt attempt) {
        var _ = threads.submit(() -> {
            while (!stopped.get()) {
                try {
                    String failure = attempt.failure();
                    if (!failure.isEmpty()) {
                        failures.add(kind + ": " + failure);
                    }
                } catch (Exception e) {
                    failures.add(kind + ": " + e);
                }
                done.incrementAndGet();
            }
        });
    }

    int done() {
        return done.get();
    }

    List<String> failures() {
        return List.copyOf(failures);
    }

    void awaitMore(int requests) {
        int goal = done.get() + requests;
        await(requests + " more requests").atMost(Duration.ofSeconds(60)).until(() -> done.get() >= goal);
    }

    @Override
    public void close() {
        stopped.set(true);
        threads.close();
        clients.forEach(HttpClient::close);
    }

    private interface Attempt {
        /** Empty if all is well. */
        String failure() throws Exception;
    }
}
