package io.livepatch.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.server.ClientLimitsDefaults;
import io.livepatch.server.RawClient;
import io.livepatch.server.http.DirectRoute.PathTemplate;
import io.livepatch.server.metrics.Metrics;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpHeader;
import org.glassfish.jersey.server.ResourceConfig;
import org.junit.jupiter.api.Test;

/** The start and the shutdown of the server: accepted connections and answered requests. */
final class HttpServerTest {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final int LARGE = 16 << 20;
    private static final InetSocketAddress ANY = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private final LinkedBlockingQueue<Exchange> held = new LinkedBlockingQueue<>();
    private final List<DirectRoute> routes = List.of(
            route("/quick", exchange -> exchange.text(200, "text/plain", "quick")),
            route("/held", held::add),
            route(
                    "/token",
                    exchange -> exchange.text(
                            200,
                            "text/plain",
                            exchange.header(HttpHeader.AUTHORIZATION).orElseThrow())),
            route("/large", HttpServerTest::large));

    private static void large(Exchange exchange) {
        exchange.response().setStatus(200);
        exchange.response().getHeaders().put("Content-Length", LARGE);
        exchange.response().write(true, ByteBuffer.allocate(LARGE), exchange.callback());
    }

    private static DirectRoute route(String path, Consumer<Exchange> answer) {
        return new DirectRoute() {
            @Override
            public PathTemplate path() {
                return PathTemplate.of(path);
            }

            @Override
            public Set<String> methods() {
                return Set.of("GET");
            }

            @Override
            public void handle(Exchange exchange, String parameter) {
                answer.accept(exchange);
            }
        };
    }

    private static String get(String path) {
        return RawClient.request("GET " + path, "", "");
    }

    private HttpServer started(InetSocketAddress address, boolean shared) throws Exception {
        // Longer than any test waits: connections that end do so by themselves.
        HttpServer.Settings settings = new HttpServer.Settings(
                address,
                Optional.empty(),
                shared,
                100,
                100,
                PATIENCE.multipliedBy(10),
                4,
                ClientLimitsDefaults.DEFAULT);
        HttpServer server = new HttpServer(settings, routes, List.of(), new ResourceConfig(), new Metrics());
        server.bind();
        server.start();
        return server;
    }

    /** Begins to close, and returns once it no longer listens. */
    private static CompletableFuture<Void> closing(HttpServer server) {
        int port = server.port();
        CompletableFuture<Void> closed = CompletableFuture.runAsync(server::close);
        await("it no longer listens").atMost(PATIENCE).until(() -> refuses(port));
        return closed;
    }

    private static boolean refuses(int port) throws IOException {
        try (RawClient _ = new RawClient(port)) {
            return false;
        } catch (ConnectException e) {
            return true;
        }
    }

    private static void ended(CompletableFuture<Void> closed) throws Exception {
        closed.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void tokensOfOneConnectionAreCaseSensitive() throws Exception {
        try (HttpServer server = started(ANY, false);
                RawClient proxy = new RawClient(server.port())) {
            for (String token : List.of("Bearer x", "Bearer x", "Bearer X", "Bearer Xy", "Bearer xY")) {
                String request = RawClient.request("GET /token", "Authorization: " + token + "\r\n", "");
                assertThat(proxy.ask(request).body()).isEqualTo(token);
            }
        }
    }

    @Test
    void runningRequestIsAnsweredAfterTheListenerIsClosed() throws Exception {
        HttpServer server = started(ANY, false);
        try (RawClient client = new RawClient(server.port())) {
            client.send(get("/held"));
            Exchange exchange = Objects.requireNonNull(held.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS));
            CompletableFuture<Void> closed = closing(server);
            assertThat(closed).isNotDone();

            exchange.text(200, "text/plain", "held");

            assertThat(client.answer().body()).isEqualTo("held");
            ended(closed);
        }
    }

    @Test
    void persistentClientGetsConnectionCloseFirst() throws Exception {
        HttpServer server = started(ANY, false);
        try (RawClient client = new RawClient(server.port())) {
            assertThat(client.ask(get("/quick")).last()).isFalse();
            CompletableFuture<Void> closed = closing(server);

            assertThat(client.ask(get("/quick"))).isEqualTo(new RawClient.Answer(200, true, "quick"));
            ended(closed);
        }
    }

    @Test
    void silentClientDoesNotDelayTheShutdown() throws Exception {
        HttpServer server = started(ANY, false);
        try (RawClient silent = new RawClient(server.port());
                RawClient answered = new RawClient(server.port())) {
            answered.ask(get("/quick"));

            ended(closing(server));

            assertThat(silent.rest()).isEmpty();
            assertThat(answered.rest()).isEmpty();
        }
    }

    @Test
    void slowReaderIsNotTreatedAsSilent() throws Exception {
        HttpServer server = started(ANY, false);
        try (RawClient client = new RawClient(server.port())) {
            client.send(get("/large"));
            CompletableFuture<Void> closed = closing(server);

            Duration longer = GracefulConnector.QUIET_PERIOD.plusMillis(500);
            await("it waits for the reader").during(longer).atMost(PATIENCE).until(() -> !closed.isDone());

            assertThat(client.answer().body()).hasSize(LARGE);
            ended(closed);
        }
    }

    @Test
    void sharedPortIsListenedOnOnDemand() throws Exception {
        try (HttpServer first = started(ANY, true)) {
            InetSocketAddress shared = new InetSocketAddress(ANY.getAddress(), first.port());
            assertThat(refuses(first.port())).isTrue();

            try (HttpServer second = started(shared, true)) {
                second.listen();
                try (RawClient client = new RawClient(first.port())) {
                    assertThat(client.ask(get("/quick")).status()).isEqualTo(200);
                }
            }
            assertThat(refuses(first.port())).isTrue();
        }
    }

    @Test
    void drainingServerDoesNotBeginToListen() throws Exception {
        try (HttpServer server = started(ANY, true)) {
            server.drain();
            server.listen();

            assertThat(refuses(server.port())).isTrue();
        }
    }
}
