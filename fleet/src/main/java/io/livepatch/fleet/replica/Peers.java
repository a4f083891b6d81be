package io.livepatch.fleet.replica;

import io.livepatch.fleet.Secret;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Talks to the APIs of other replicas, to all of them at once, and waits for none of them long. Thread-safe. */
final class Peers implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Peers.class);
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final Optional<Secret> token;
    private final ExecutorService threads;
    private final HttpClient http;

    private Peers(Optional<Secret> token, ExecutorService threads) {
        this.token = token;
        this.threads = threads;
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(PATIENCE.dividedBy(2))
                .executor(threads)
                .build();
    }

    static Peers start(Optional<Secret> token) {
        return new Peers(
                token,
                Executors.newThreadPerTaskExecutor(
                        Thread.ofVirtual().name("peers-", 0).factory()));
    }

    /** What of these answers, by index. */
    <T> Map<Integer, T> ask(Map<Integer, URI> replicas, String path, Function<byte[], T> read) {
        List<Map.Entry<Integer, URI>> whom = List.copyOf(replicas.entrySet());
        List<Optional<byte[]>> answers = all(whom.stream()
                .map(replica -> request(replica.getValue(), path).GET().build())
                .toList());
        Map<Integer, T> known = new TreeMap<>();
        for (int i = 0; i < whom.size(); i++) {
            int index = whom.get(i).getKey();
            try {
                answers.get(i).map(read).ifPresent(answer -> known.put(index, answer));
            } catch (IllegalArgumentException e) {
                log.warn("replica {} answers strangely: {}", index, e.getMessage());
            }
        }
        return known;
    }

    /** Tells all of them, as far as they can be reached; the others will ask. */
    void tell(Map<Integer, URI> replicas, byte[] json) {
        all(replicas.values().stream().map(address -> push(address, json)).toList());
    }

    private HttpRequest push(URI address, byte[] json) {
        HttpRequest.Builder request = request(address, "replica").header("Content-Type", "application/json");
        token.ifPresent(secret -> request.header("Authorization", "Bearer " + secret.reveal()));
        return request.POST(HttpRequest.BodyPublishers.ofByteArray(json)).build();
    }

    private static HttpRequest.Builder request(URI address, String path) {
        String base = address.toString().replaceFirst("/+$", "");
        return HttpRequest.newBuilder(URI.create(base + "/" + path)).timeout(PATIENCE);
    }

    private List<Optional<byte[]>> all(List<HttpRequest> requests) {
        List<Callable<Optional<byte[]>>> calls = requests.stream()
                .<Callable<Optional<byte[]>>>map(request -> () -> send(request))
                .toList();
        List<Optional<byte[]>> answers = new ArrayList<>();
        try {
            // A request's own timeout ends with the headers of the answer.
            for (Future<Optional<byte[]>> call :
                    threads.invokeAll(calls, 2 * PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                answers.add(call.isCancelled() ? Optional.empty() : call.get());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ReplicaException.Silent("interrupted while other replicas are asked");
        } catch (ExecutionException e) {
            throw new IllegalStateException("a call to another replica failed in a way that nobody thought of", e);
        }
        return answers;
    }

    private Optional<byte[]> send(HttpRequest request) throws InterruptedException {
        try {
            HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
            if (response.statusCode() / 100 == 2) {
                return Optional.of(response.body());
            }
            if (response.statusCode() != 404) {
                log.warn("{} answers {}, expected 200", request.uri(), response.statusCode());
            }
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
