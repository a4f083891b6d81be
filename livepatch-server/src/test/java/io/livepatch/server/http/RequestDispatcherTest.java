package io.livepatch.server.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.common.config.DataSize;
import io.livepatch.server.ClientLimitsDefaults;
import io.livepatch.server.RawClient;
import io.livepatch.server.Refusals;
import io.livepatch.server.auth.RequestOrigin;
import io.livepatch.server.config.Cidr;
import io.livepatch.server.config.ServerConfig.ClientLimits;
import io.livepatch.server.http.BodyReader.BodyMemory;
import io.livepatch.server.http.DirectRoute.PathTemplate;
import io.livepatch.server.metrics.Metrics;
import io.livepatch.server.metrics.Refusal;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Limits of the resources that one client can occupy, and for how long. */
final class RequestDispatcherTest {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final int LARGE = 16 << 20;
    private static final Set<String> ONE_SLOT = Set.of("/held", "/fatal");
    private static final ClientLimits QUICK =
            limits(ClientLimitsDefaults.DEFAULT.trustedProxies(), 10_000, 10_000, 100);

    private final LinkedBlockingQueue<Exchange> held = new LinkedBlockingQueue<>();
    private final Metrics metrics = new Metrics();
    private volatile int slots = 1;
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final List<DirectRoute> routes = List.of(
            route("/quick", "GET", false, exchange -> exchange.text(200, "text/plain", "quick")),
            route("/probe", "GET", true, exchange -> exchange.text(200, "text/plain", "alive")),
            route("/held", "GET", false, exchange -> exchange.admit(() -> held.add(exchange))),
            route("/shared", "GET", false, exchange -> exchange.admit(() -> held.add(exchange))),
            route("/fatal", "GET", false, exchange -> exchange.admit(RequestDispatcherTest::fail)),
            route(
                    "/report",
                    "POST",
                    false,
                    exchange -> exchange.body(body -> exchange.text(200, "text/plain", String.valueOf(body.length)))),
            route("/large", "GET", false, RequestDispatcherTest::large));

    private static ClientLimits limits(List<Cidr> trusted, int connections, int ofSource, int downloads) {
        return new ClientLimits(
                trusted,
                connections,
                ofSource,
                downloads,
                1,
                Duration.ofMinutes(5),
                Duration.ofMillis(400),
                Duration.ofMillis(400),
                new DataSize(1 << 10),
                Duration.ofMillis(500));
    }

    private static void large(Exchange exchange) {
        exchange.response().setStatus(200);
        exchange.response().getHeaders().put("Content-Length", LARGE);
        exchange.response().write(true, ByteBuffer.allocate(LARGE), exchange.callback());
    }

    private static void fail() {
        throw new StackOverflowError("thrown by a test");
    }

    private DirectRoute route(String path, String method, boolean probe, Consumer<Exchange> answer) {
        return new DirectRoute() {
            @Override
            public PathTemplate path() {
                return PathTemplate.of(path);
            }

            @Override
            public Set<String> methods() {
                return Set.of(method);
            }

            @Override
            public boolean probe() {
                return probe;
            }

            @Override
            public Limit limit(HttpServer.Settings settings) {
                return path.equals("/shared")
                        ? new Limit(
                                path,
                                100,
                                Refusal.DOWNLOAD_CONCURRENCY,
                                Optional.of(new PerSource(2, Refusal.SOURCE_DOWNLOADS)))
                        : new Limit(path, ONE_SLOT.contains(path) ? slots : 1000, Refusal.DOWNLOAD_CONCURRENCY);
            }

            @Override
            public void handle(Exchange exchange, String parameter) {
                answer.accept(exchange);
            }
        };
    }

    /** The Jersey resources of these tests. */
    @Path("/")
    public static final class Resource {
        @GET
        @Path("source")
        public String source() {
            return RequestOrigin.CURRENT.get().source().getHostAddress();
        }

        @POST
        @Path("echo")
        @Consumes(MediaType.WILDCARD)
        public String echo(String body) {
            return String.valueOf(body.length());
        }

        @GET
        @Path("fatal-resource")
        public String fatal() {
            RequestDispatcherTest.fail();
            return "unreachable";
        }

        @PUT
        @Path("v1/admin/patches/x")
        @Consumes(MediaType.WILDCARD)
        public String upload(InputStream body) throws IOException {
            return String.valueOf(body.readAllBytes().length);
        }
    }

    private HttpServer start(ClientLimits limits, Guard... guards) throws Exception {
        HttpServer server = new HttpServer(
                settings(limits, 0), routes, List.of(guards), new JerseyApplication(List.of(new Resource())), metrics);
        server.bind();
        server.start();
        opened.add(server);
        return server;
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable closeable : opened.reversed()) {
            closeable.close();
        }
    }

    /** Covers {@code /echo}, so that its bodies are collected as those of clients with credentials. */
    private static final Guard PASSING = new Guard() {
        @Override
        public boolean covers(String method, String path) {
            return path.equals("/echo");
        }

        @Override
        public void check(Exchange exchange, Runnable next) {
            next.run();
        }
    };

    private RawClient client(HttpServer server) throws IOException {
        RawClient client = new RawClient(server.port());
        opened.add(client);
        return client;
    }

    private static String get(String path) {
        return RawClient.request("GET " + path, "", "");
    }

    /** A request whose body lacks its last bytes. */
    private static String incomplete(String line) {
        return line + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 60000\r\n\r\n"
                + "x".repeat(20_000);
    }

    /** Sends a byte every few milliseconds until the connection is closed. */
    private static CompletableFuture<Void> drip(RawClient client) {
        return CompletableFuture.runAsync(() -> {
            try {
                while (true) {
                    client.send("x");
                    TimeUnit.MILLISECONDS.sleep(20);
                }
            } catch (IOException e) {
                // Closed, as it should be.
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private void refusedOnce(Refusal reason) {
        await(reason.label()).atMost(PATIENCE).until(() -> Refusals.of(metrics, reason) == 1);
    }

    @Test
    void bytesDoNotExtendTheDeadlineOfAHead() throws Exception {
        RawClient client = client(start(QUICK));
        client.send("GET /quick HTTP/1.1\r\nX-Slow: ");

        drip(client).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);

        refusedOnce(Refusal.HEAD_TIMEOUT);
    }

    @Test
    void aHeadAfterAnAnswerHasTheSameDeadline() throws Exception {
        RawClient client = client(start(QUICK));
        assertThat(client.ask(get("/quick")).status()).isEqualTo(200);
        client.send("GET /quick HTTP/1.1\r\nX-Slow: ");

        drip(client).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);

        refusedOnce(Refusal.HEAD_TIMEOUT);
    }

    @Test
    void anIdleConnectionOutlivesTheDeadlinesWithinARequest() throws Exception {
        HttpServer server = start(QUICK);
        RawClient idle = client(server);
        assertThat(idle.ask(get("/quick")).status()).isEqualTo(200);
        // A silent connection is opened later and closed for its missing head, so more than a deadline has passed.
        assertThat(client(server).rest()).isEmpty();

        assertThat(idle.ask(get("/quick")).status()).isEqualTo(200);
    }

    @Test
    void bytesDoNotExtendTheDeadlineOfABody() throws Exception {
        HttpServer server = start(QUICK);
        List<String> lines =
                List.of("POST /report", "POST /echo", "GET /source", "DELETE /echo", "GET /quick", "GET /probe");
        List<RawClient> clients = new ArrayList<>();
        List<CompletableFuture<Void>> dripping = new ArrayList<>();
        for (String line : lines) {
            RawClient client = client(server);
            client.send(incomplete(line));
            clients.add(client);
            dripping.add(drip(client));
        }

        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            RawClient.Answer answer = clients.get(i).answer();

            assertThat(answer.status()).as(line).isEqualTo(408);
            assertThat(answer.last()).as(line).isTrue();
            assertThat(answer.body()).as(line).contains("\"status\":408", "server.body-timeout");
            dripping.get(i).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
        assertThat(Refusals.of(metrics, Refusal.BODY_TIMEOUT)).isEqualTo(lines.size());
    }

    @Test
    void aBodyThatIsTooLongIsRefusedWhetherAnnouncedOrNot() throws Exception {
        HttpServer server = start(QUICK);
        for (String path : List.of("/report", "/echo")) {
            String announced = RawClient.request(
                    "POST " + path, "Content-Type: text/plain\r\n", "x".repeat(Exchange.MAX_BODY + 1));
            assertTooLarge(client(server).ask(announced));
            String chunked = "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n"
                    + ("8000\r\n" + "x".repeat(0x8000) + "\r\n").repeat(3) + "0\r\n\r\n";
            assertTooLarge(client(server).ask(chunked));
            assertTooLarge(client(server)
                    .ask("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999\r\n\r\n"));
        }
    }

    private static void assertTooLarge(RawClient.Answer answer) {
        assertThat(answer.status()).isEqualTo(413);
        assertThat(answer.last()).isTrue();
    }

    @Test
    void wholeBodiesReachTheirRoutes() throws Exception {
        RawClient client = client(start(QUICK, PASSING));
        String body = "x".repeat(Exchange.MAX_BODY);
        String unchecked = "x".repeat(BodyMemory.UNCOUNTED);

        assertThat(client.ask(RawClient.request("POST /report", "", body)).body())
                .isEqualTo("65536");
        assertThat(client.ask(RawClient.request("POST /echo", "Content-Type: text/plain\r\n", body))
                        .body())
                .isEqualTo("65536");
        assertThat(client.ask(RawClient.request("GET /source", "", unchecked)).status())
                .isEqualTo(200);
        assertThat(client.ask(RawClient.request("GET /quick", "", unchecked)).body())
                .isEqualTo("quick");
        assertThat(client.ask(get("/quick")).body()).isEqualTo("quick");
    }

    @Test
    void bodiesWithoutCredentialsTakeNoCountedMemory() throws Exception {
        HttpServer server = start(ClientLimitsDefaults.DEFAULT, PASSING);
        for (int n = 0; n < 400; n++) {
            String line = List.of("POST /v1/admin/login", "POST /nowhere", "GET /quick", "GET /source")
                    .get(n % 4);
            client(server)
                    .send(line + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 65000\r\n\r\n" + "x".repeat(64_000));
        }

        String body = "x".repeat(Exchange.MAX_BODY);
        assertThat(client(server)
                        .ask(RawClient.request("POST /echo", "Content-Type: text/plain\r\n", body))
                        .body())
                .isEqualTo("65536");
        assertThat(Refusals.of(metrics, Refusal.BODY_MEMORY)).isZero();
        assertTooLarge(client(server)
                .ask(RawClient.request("POST /v1/admin/login", "", "x".repeat(BodyMemory.UNCOUNTED + 1))));
    }

    @Test
    void anErrorIsAnsweredAndGivesItsSlotBack() throws Exception {
        HttpServer server = start(QUICK);
        for (int n = 0; n < 3; n++) {
            assertThat(client(server).ask(get("/fatal")).status()).isEqualTo(500);
            assertThat(client(server).ask(get("/fatal-resource")).status()).isEqualTo(500);
        }
    }

    @Test
    void oneSourceGetsNoMoreThanItsShareOfTheSlots() throws Exception {
        HttpServer server = start(QUICK);
        String greedy = RawClient.request("GET /shared", "X-Forwarded-For: 192.0.2.1\r\n", "");
        RawClient first = client(server);
        first.send(greedy);
        // Before the next one is sent, which another thread may take up sooner.
        Exchange exchange = Objects.requireNonNull(held.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS));
        client(server).send(greedy);
        Exchange second = Objects.requireNonNull(held.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS));

        RawClient.Answer refused = client(server).ask(greedy);
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.body()).contains("this client has 2 requests of this kind running or queued");
        assertThat(Refusals.of(metrics, Refusal.SOURCE_DOWNLOADS)).isEqualTo(1);
        client(server).send(RawClient.request("GET /shared", "X-Forwarded-For: 192.0.2.2\r\n", ""));
        Exchange other = Objects.requireNonNull(held.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS));

        exchange.text(200, "text/plain", "done");
        // A connection's next request is read once the one before is complete and its place is free.
        assertThat(first.answer().body()).isEqualTo("done");
        first.send(greedy);
        Exchange third = Objects.requireNonNull(held.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS));
        List.of(second, other, third).forEach(unanswered -> unanswered.empty(204));
    }

    @Test
    void credentialsAreCheckedBeforeTheBodyIsRead() throws Exception {
        HttpServer server = start(QUICK, new Guard() {
            @Override
            public boolean covers(String method, String path) {
                return path.equals("/echo");
            }

            @Override
            public void check(Exchange exchange, Runnable next) {
                exchange.problem(Problem.of(401, "Unauthorized", "no"));
            }
        });
        RawClient waiting = client(server);

        // A client that waits for 100 Continue is refused at once.
        RawClient.Answer answer = waiting.ask(
                "POST /echo HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 60000\r\n\r\n");
        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.last()).isTrue();
        // One that sends its body is refused when the body has arrived, or after its deadline.
        RawClient.Answer late = client(server).ask(incomplete("POST /echo"));
        assertThat(late.status()).isEqualTo(401);
        assertThat(late.last()).isTrue();
        assertThat(client(server)
                        .ask(RawClient.request("POST /echo", "", "x".repeat(60_000)))
                        .status())
                .isEqualTo(401);
    }

    @Test
    void slowBodiesHoldNoSlots() throws Exception {
        HttpServer server = start(ClientLimitsDefaults.DEFAULT);
        for (int n = 0; n < 200; n++) {
            client(server).send(incomplete(n % 2 == 0 ? "POST /report" : "POST /echo"));
        }
        RawClient other = client(server);

        assertThat(other.ask(RawClient.request("POST /report", "", "x")).status())
                .isEqualTo(200);
        assertThat(other.ask(RawClient.request("POST /echo", "Content-Type: text/plain\r\n", "x"))
                        .status())
                .isEqualTo(200);
    }

    @Test
    void heldRequestsOfOneRouteLeaveTheOthersTheirSlots() throws Exception {
        HttpServer server = start(QUICK);
        RawClient first = client(server);
        first.send(get("/held"));
        Exchange exchange = Objects.requireNonNull(held.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS));

        RawClient other = client(server);
        RawClient.Answer refused = other.ask(get("/held"));
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.body())
                .contains(
                        "this unit runs 1 requests of this kind and 0 are queued (/held); try again after the seconds");
        assertThat(Refusals.of(metrics, Refusal.DOWNLOAD_CONCURRENCY)).isEqualTo(1);
        assertThat(other.ask(get("/quick")).status()).isEqualTo(200);
        assertThat(other.ask(RawClient.request("POST /report", "", "x")).status())
                .isEqualTo(200);
        assertThat(other.ask(get("/source")).status()).isEqualTo(200);

        exchange.text(200, "text/plain", "done");
        assertThat(first.answer().body()).isEqualTo("done");
        other.send(get("/held"));
        Objects.requireNonNull(held.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .text(200, "text/plain", "next");
        assertThat(other.answer().body()).isEqualTo("next");
    }

    @Test
    void slowUploadIsCutAndAQuickOneMayTakeLongerThanABody() throws Exception {
        HttpServer server = start(QUICK);
        RawClient slow = client(server);
        slow.send(incomplete("PUT /v1/admin/patches/x"));
        refusedOnce(Refusal.SLOW_UPLOAD);
        assertThat(slow.answer().status()).isEqualTo(408);

        RawClient quick = client(server);
        String piece = "x".repeat(1000);
        quick.send("PUT /v1/admin/patches/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 25000\r\n\r\n");
        for (int n = 0; n < 25; n++) {
            quick.send(piece);
            TimeUnit.MILLISECONDS.sleep(20);
        }
        assertThat(quick.answer().body()).isEqualTo("25000");
    }

    @Test
    void aReaderThatDoesNotReadIsCutAndASlowOneIsNot() throws Exception {
        HttpServer server = start(QUICK);
        client(server).send(get("/large"));
        refusedOnce(Refusal.SLOW_READER);

        RawClient steady = client(server);
        steady.send(get("/large"));
        assertThat(steady.answer().body()).hasSize(LARGE);
        assertThat(Refusals.of(metrics, Refusal.SLOW_READER)).isEqualTo(1);
    }

    @Test
    void connectionsAreBounded() throws Exception {
        HttpServer server = start(limits(ClientLimitsDefaults.DEFAULT.trustedProxies(), 3, 1, 100));
        List<RawClient> kept = List.of(client(server), client(server), client(server));
        for (RawClient client : kept) {
            assertThat(client.ask(get("/quick")).status()).isEqualTo(200);
        }

        assertThat(client(server).rest()).isEmpty();
        assertThat(Refusals.of(metrics, Refusal.CONNECTIONS)).isEqualTo(1);

        kept.getFirst().close();
        await("a place is free again")
                .atMost(PATIENCE)
                .ignoreExceptions()
                .until(() -> client(server).ask(get("/quick")).status() == 200);
    }

    @Test
    void connectionsOfASourceThatIsNoProxyAreBounded() throws Exception {
        HttpServer server = start(limits(List.of(), 100, 2, 100));
        List<RawClient> kept = List.of(client(server), client(server));
        for (RawClient client : kept) {
            assertThat(client.ask(get("/quick")).status()).isEqualTo(200);
        }

        assertThat(client(server).rest()).isEmpty();
        assertThat(Refusals.of(metrics, Refusal.SOURCE_CONNECTIONS)).isEqualTo(1);
    }

    private HttpServer.Settings settings(ClientLimits limits, int burst) {
        return new HttpServer.Settings(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                Optional.empty(),
                false,
                100,
                burst,
                Duration.ofSeconds(5),
                limits.uploadLimit(),
                limits);
    }

    @Test
    void limitsChangeWhileRequestsRunAndWait() throws Exception {
        HttpServer server = start(QUICK);
        client(server).send(get("/held"));
        Exchange first = nextHeld();
        assertThat(client(server).ask(get("/held")).status()).as("no queue").isEqualTo(503);

        server.changeLimits(settings(QUICK, 1));
        CompletableFuture<RawClient.Answer> queued = queueOne(server);
        assertThat(held).isEmpty();
        slots = 2;
        server.changeLimits(settings(QUICK, 1));
        Exchange second = nextHeld();

        slots = 1;
        server.changeLimits(settings(QUICK, 1));
        CompletableFuture<RawClient.Answer> last = queueOne(server);
        second.text(200, "text/plain", "second");
        assertThat(queued.get(PATIENCE.toSeconds(), TimeUnit.SECONDS).status()).isEqualTo(200);
        assertThat(held).as("the slot of the second request no longer exists").isEmpty();
        first.text(200, "text/plain", "first");
        nextHeld().text(200, "text/plain", "last");
        assertThat(last.get(PATIENCE.toSeconds(), TimeUnit.SECONDS).status()).isEqualTo(200);
    }

    private Exchange nextHeld() throws InterruptedException {
        return Objects.requireNonNull(held.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS));
    }

    /** Sends two requests while the queue has room for one; answers that of the queued one, when the other is refused. */
    private CompletableFuture<RawClient.Answer> queueOne(HttpServer server) throws Exception {
        CompletableFuture<RawClient.Answer> one = askHeld(server);
        CompletableFuture<RawClient.Answer> two = askHeld(server);
        RawClient.Answer refused =
                (RawClient.Answer) CompletableFuture.anyOf(one, two).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(refused.status()).isEqualTo(503);
        return one.isDone() ? two : one;
    }

    private CompletableFuture<RawClient.Answer> askHeld(HttpServer server) throws IOException {
        RawClient client = client(server);
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return client.ask(get("/held"));
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                Thread::startVirtualThread);
    }

    @Test
    void trustedProxiesAndConnectionLimitsChangeWhileTheServerRuns() throws Exception {
        HttpServer server = start(QUICK);
        RawClient open = client(server);
        assertThat(source(open, "X-Forwarded-For: 192.0.2.1\r\n")).isEqualTo("192.0.2.1");

        server.changeLimits(settings(limits(List.of(), 10_000, 1, 100), 0));

        assertThat(source(open, "X-Forwarded-For: 192.0.2.1\r\n")).isEqualTo("127.0.0.1");
        assertThat(client(server).rest()).as("one connection for each source").isEmpty();
    }

    @Test
    void aTrustedProxyNamesTheSource() throws Exception {
        RawClient client = client(start(QUICK));

        assertThat(source(client, "")).isEqualTo("127.0.0.1");
        assertThat(source(client, "X-Forwarded-For: 192.0.2.1\r\n")).isEqualTo("192.0.2.1");
        assertThat(source(client, "X-Forwarded-For: 192.0.2.1, 192.0.2.2\r\n")).isEqualTo("192.0.2.2");
        assertThat(source(client, "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 2001:db8::7\r\n"))
                .isEqualTo("2001:db8:0:0:0:0:0:7");
        assertThat(source(client, "X-Forwarded-For: example.com\r\n")).isEqualTo("127.0.0.1");
    }

    @Test
    void anyOtherPeerDoesNot() throws Exception {
        RawClient client = client(start(limits(List.of(), 100, 100, 100)));

        assertThat(source(client, "X-Forwarded-For: 192.0.2.1\r\n")).isEqualTo("127.0.0.1");
    }

    private static String source(RawClient client, String headers) throws IOException {
        String body = client.ask(RawClient.request("GET /source", headers, "")).body();
        return new String(body.getBytes(US_ASCII), US_ASCII);
    }

    @Test
    void everyAnswerOfADrainingServerClosesItsConnection() throws Exception {
        HttpServer server = start(QUICK);
        server.drain();
        for (String request : List.of(
                get("/quick"),
                get("/probe"),
                get("/source"),
                get("/nowhere"),
                RawClient.request("POST /quick", "", ""),
                RawClient.request("POST /echo", "Content-Type: text/plain\r\n", "x"),
                RawClient.request("POST /report", "", "x"),
                "GET /quick HTTP/1.1\r\nHost: localhost\r\nBad Header: x\r\n\r\n")) {
            assertThat(client(server).ask(request).last()).as(request).isTrue();
        }
    }
}
