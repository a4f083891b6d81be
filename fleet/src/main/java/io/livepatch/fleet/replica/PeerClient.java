package io.livepatch.fleet.replica;

import io.livepatch.common.config.Secret;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An HTTP client of the other replicas' APIs. Sends to all at once, with one short timeout. Thread-safe. */
final class PeerClient implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(PeerClient.class);

    private final Optional<Secret> token;
    private final Duration timeout;
    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("peers-", 0).factory());
    private final HttpClient http;

    PeerClient(Optional<Secret> token, Duration timeout) {
        this.token = token;
        this.timeout = timeout;
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(timeout)
                .executor(threads)
                .build();
    }

    /**
     * The responses of these replicas, by index; a replica that does not respond in time is left out.
     *
     * @param path of the request to each
     * @param read called for each response when it comes
     */
    <T> Map<Integer, T> get(Map<Integer, URI> replicas, IntFunction<String> path, Function<byte[], T> read) {
        Map<Integer, T> responses = new ConcurrentSkipListMap<>();
        sendAll(replicas.entrySet().stream()
                .<Callable<Boolean>>map(replica -> () -> {
                    HttpRequest request = request(replica.getValue(), path.apply(replica.getKey()))
                            .GET()
                            .build();
                    send(request).map(read).ifPresent(response -> responses.put(replica.getKey(), response));
                    return true;
                })
                .toList());
        return responses;
    }

    /** Posts to these replicas. One that is not reached asks later. */
    void post(Map<Integer, URI> replicas, byte[] json) {
        sendAll(replicas.values().stream()
                .<Callable<Boolean>>map(
                        address -> () -> send(gossip(address, json)).isPresent())
                .toList());
    }

    private HttpRequest gossip(URI address, byte[] json) {
        HttpRequest.Builder request = request(address, "replica").header("Content-Type", "application/json");
        token.ifPresent(secret -> request.header("Authorization", "Bearer " + secret.reveal()));
        return request.POST(HttpRequest.BodyPublishers.ofByteArray(json)).build();
    }

    private HttpRequest.Builder request(URI address, String path) {
        String base = address.toString().replaceFirst("/+$", "");
        return HttpRequest.newBuilder(URI.create(base + "/" + path)).timeout(timeout);
    }

    private void sendAll(Collection<Callable<Boolean>> calls) {
        if (threads.isShutdown()) {
            // Closed: a last view of the run is made of the known state.
            return;
        }
        try {
            // Cancels late calls: a request's own timeout covers only the head of the response.
            threads.invokeAll(calls, timeout.toMillis(), TimeUnit.MILLISECONDS).stream()
                    .filter(call -> call.state() == Future.State.FAILED)
                    .forEach(call -> log.warn("cannot use the response of another replica", call.exceptionNow()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ReplicaException.PeerUnavailable("interrupted while waiting for other replicas");
        }
    }

    private Optional<byte[]> send(HttpRequest request) throws InterruptedException {
        try {
            HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
            if (response.statusCode() / 100 == 2) {
                return Optional.of(response.body());
            }
            log.warn("{} answered {}, expected 200", request.uri(), response.statusCode());
        } catch (IOException e) {
            log.debug("cannot reach {}: {}", request.uri(), e.toString());
        }
        return Optional.empty();
    }

    @Override
    public void close() {
        http.shutdownNow();
        threads.shutdownNow();
    }
}
