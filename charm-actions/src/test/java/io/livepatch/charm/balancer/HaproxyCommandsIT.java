package io.livepatch.charm.balancer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.livepatch.supervisor.Balancer;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.PoolSpec;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The result of each command to a balancer, with a real haproxy in front of a server in this JVM. */
class HaproxyCommandsIT {
    private static final InetSocketAddress ENTRANCE = new InetSocketAddress("127.0.79.2", 18080);

    @TempDir
    private Path directory;

    private final CountDownLatch stuck = new CountDownLatch(1);
    private final CountDownLatch release = new CountDownLatch(1);
    private final HttpClient client = HttpClient.newHttpClient();
    private HttpServer server;
    private Balancer balancer;
    private Balancer.Target worker;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress("127.0.79.2", 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> {
            if (exchange.getRequestURI().getPath().equals("/stuck")) {
                stuck.countDown();
                await(release);
            }
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        server.start();
        worker = new Balancer.Target("web-0", server.getAddress().getPort());
        Listening.Proxied mode =
                new Listening.Proxied(19000, ENTRANCE, "round_robin", "/health", Duration.ofSeconds(1));
        PoolSpec spec = PoolSpec.of("web", List.of("/bin/true")).listening(mode).build();
        balancer = new HaproxyBalancerProvider().open(spec, mode, directory);
    }

    @AfterEach
    void stop() {
        release.countDown();
        balancer.close();
        server.stop(0);
        client.close();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static <T> T get(CompletionStage<T> answer) throws Exception {
        return answer.toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    private static HttpRequest request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.79.2:18080" + path))
                .build();
    }

    private int ask() throws Exception {
        return client.send(request("/"), HttpResponse.BodyHandlers.discarding()).statusCode();
    }

    @Test
    void anEnteredWorkerGetsRequestsWhichAreCounted() throws Exception {
        get(balancer.enter(worker));
        get(balancer.enter(worker));
        for (int i = 0; i < 3; i++) {
            assertThat(ask()).isEqualTo(200);
        }

        assertThat(get(balancer.requests(List.of(worker, new Balancer.Target("web-7", 1)))))
                .containsExactly(3L, 0L);
        assertThat(get(balancer.leave(worker, Duration.ofSeconds(5))).cut()).isZero();
        assertThat(ask()).isEqualTo(503);
        balancer.remove(worker);
        get(balancer.enter(worker));
        assertThat(ask()).isEqualTo(200);
        assertThat(get(balancer.requests(List.of(worker)))).containsExactly(1L);
    }

    @Test
    void requestsInFlightAfterTheDeadlineAreAbortedAndCounted() throws Exception {
        get(balancer.enter(worker));
        var answer = client.sendAsync(request("/stuck"), HttpResponse.BodyHandlers.discarding());
        await(stuck);

        Balancer.Departure departure = get(balancer.leave(worker, Duration.ofMillis(200)));

        assertThat(departure.cut()).isOne();
        assertThat(departure.took()).isGreaterThanOrEqualTo(Duration.ofMillis(200));
        assertThat(get(answer).statusCode()).isEqualTo(502);
    }

    @Test
    void leavingFailsAPendingEntry() throws Exception {
        server.stop(0);
        CompletionStage<Void> entered = balancer.enter(worker);

        assertThat(get(balancer.leave(worker, Duration.ofSeconds(5))).cut()).isZero();
        assertThatThrownBy(() -> get(entered)).hasMessageContaining("left before haproxy reported it as up");
        assertThat(get(balancer.leave(worker, Duration.ofSeconds(5))).cut()).isZero();
    }

    @Test
    void commandsToAClosedBalancerAreRefused() {
        balancer.close();

        assertThatThrownBy(() -> get(balancer.enter(worker))).hasMessageContaining("the balancer is closed");
    }
}
