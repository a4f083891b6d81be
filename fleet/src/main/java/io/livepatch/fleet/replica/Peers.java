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

/** Talks to the APIs of other replicas, to all of them at once, and waits for none of them long. Thread-safe. */
final class Peers implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Peers.class);

    private final Optional<Secret> token;
    private final Duration patience;
    private final ExecutorService threads;
    private final HttpClient http;

    private Peers(Optional<Secret> token, Duration patience, ExecutorService threads) {
        this.token = token;
        this.patience = patience;
        this.threads = threads;
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(patience)
                .executor(threads)
                .build();
    }

    static Peers start(Optional<Secret> token, Duration patience) {
        return new Peers(
                token,
                patience,
                Executors.newThreadPerTaskExecutor(
                        Thread.ofVirtual().name("peers-", 0).factory()));
    }

    /**
     * What of these answers, by index.
     *
     * @param path what each is asked
     * @param read called for each answer when it comes, without waiting for the others
     */
    <T> Map<Integer, T> ask(Map<Integer, URI> replicas, IntFunction<String> path, Function<byte[], T> read) {
        Map<Integer, T> answers = new ConcurrentSkipListMap<>();
        all(replicas.entrySet().stream()
                .<Callable<Boolean>>map(replica -> () -> {
                    HttpRequest request = request(replica.getValue(), path.apply(replica.getKey()))
                            .GET()
                            .build();
                    send(request).map(read).ifPresent(answer -> answers.put(replica.getKey(), answer));
                    return true;
                })
                .toList());
        return answers;
    }

    /** Tells all of them, as far as they can be reached; the others will ask. */
    void tell(Map<Integer, URI> replicas, byte[] json) {
        all(replicas.values().stream()
                .<Callable<Boolean>>map(
                        address -> () -> send(push(address, json)).isPresent())
                .toList());
    }

    private HttpRequest push(URI address, byte[] json) {
        HttpRequest.Builder request = request(address, "replica").header("Content-Type", "application/json");
        token.ifPresent(secret -> request.header("Authorization", "Bearer " + secret.reveal()));
        return request.POST(HttpRequest.BodyPublishers.ofByteArray(json)).build();
    }

    private HttpRequest.Builder request(URI address, String path) {
        String base = address.toString().replaceFirst("/+$", "");
        return HttpRequest.newBuilder(URI.create(base + "/" + path)).timeout(patience);
    }

    private void all(Collection<Callable<Boolean>> calls) {
        if (threads.isShutdown()) {
            // We have left; what is known will do.
            return;
        }
        try {
            // Cancels what is late: a request's own timeout ends with the headers of the answer.
            threads.invokeAll(calls, patience.toMillis(), TimeUnit.MILLISECONDS).stream()
                    .filter(call -> call.state() == Future.State.FAILED)
                    .forEach(call -> log.warn("another replica answers strangely", call.exceptionNow()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ReplicaException.Silent("interrupted while other replicas are asked");
        }
    }

    private Optional<byte[]> send(HttpRequest request) throws InterruptedException {
        try {
            HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
            if (response.statusCode() / 100 == 2) {
                return Optional.of(response.body());
            }
            log.warn("{} answers {}, expected 200", request.uri(), response.statusCode());
        } catch (IOException e) {
            log.debug("{} cannot be reached: {}", request.uri(), e.toString());
        }
        return Optional.empty();
    }

    @Override
    public void close() {
        http.shutdownNow();
        threads.shutdownNow();
    }
}
