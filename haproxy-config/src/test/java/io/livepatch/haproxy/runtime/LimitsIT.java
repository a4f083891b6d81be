package io.livepatch.haproxy.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.haproxy.model.Bind;
import io.livepatch.haproxy.model.Bind.Tls;
import io.livepatch.haproxy.model.Examples;
import io.livepatch.haproxy.model.Frontend;
import io.livepatch.haproxy.model.LoadBalancer;
import io.livepatch.haproxy.model.LoadBalancer.ProxyLimits;
import io.livepatch.haproxy.model.LoadBalancer.Redirect;
import io.livepatch.haproxy.model.Paths;
import io.livepatch.haproxy.model.Routes;
import io.livepatch.haproxy.model.Routes.Route;
import io.livepatch.haproxy.model.Server;
import io.livepatch.haproxy.model.SourceLimits;
import io.livepatch.haproxy.model.Timeouts;
import io.livepatch.testing.FreePorts;
import io.livepatch.testing.TestCertificate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that take more than their share are refused, by their address, and others are served meanwhile. */
class LimitsIT {
    private static final int MAX_CONNECTIONS = 400;
    private static final int BODY_BYTES = 1000;
    private static final String ATTACKER = "127.0.2.1";
    private static final String HONEST = "127.0.2.99";
    private static final String TRUSTED = "127.0.3.1";
    private static final SourceLimits LIMITS = new SourceLimits(8, 60, 3, 150, List.of("127.0.3.0/24"));

    @TempDir
    static Path certificates;

    private static TestCertificate certificate;

    @TempDir
    Path directory;

    private final Unit unit = Unit.start(0);
    private final List<Socket> open = new ArrayList<>();
    private RunningHaproxy running;
    private int https;
    private int http;
    private int metrics;

    @BeforeAll
    static void makeCertificate() throws Exception {
        certificate = TestCertificate.of(certificates, "DNS:localhost,IP:127.0.0.1");
    }

    @BeforeEach
    void start() throws IOException {
        https = FreePorts.one();
        http = FreePorts.one();
        metrics = FreePorts.one();
        running = RunningHaproxy.start(directory, certificate, balancer(unit.asServer()));
        running.awaitChecked(unit);
    }

    private LoadBalancer balancer(Server server) {
        Timeouts usual = Timeouts.DEFAULT;
        return LoadBalancer.of(
                        "haproxy/0",
                        new Paths(directory),
                        new Frontend(
                                "https",
                                List.of(Bind.secure("127.0.0.1", https, new Tls(certificate.both()))),
                                Routes.only(List.of(
                                        Route.to("livepatch", "/v1/client"),
                                        Route.to("livepatch", "/v1/admin").asStreamed()))),
                        Examples.units(server))
                .withRedirects(List.of(new Redirect("http", Bind.plain("127.0.0.1", http), https)))
                .withMetrics(Bind.plain("127.0.0.1", metrics))
                .withLimits(new ProxyLimits(MAX_CONNECTIONS, 16384, 100, BODY_BYTES, OptionalInt.of(1)))
                .withTimeouts(new Timeouts(
                        usual.connect(),
                        Duration.ofSeconds(30),
                        usual.server(),
                        usual.httpRequest(),
                        Duration.ofSeconds(1),
                        usual.httpKeepAlive(),
                        usual.queue(),
                        usual.hardStop()))
                .withSourceLimits(LIMITS);
    }

    @AfterEach
    void stop() throws IOException {
        for (Socket socket : open) {
            socket.close();
        }
        running.close();
        unit.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theLimitOfConnectionsIsPerSource(boolean tls) throws Exception {
        List<Socket> silent = connect(ATTACKER, 30, tls ? https : http);
        awaitOpen(silent, LIMITS.connections());
        assertThat(statusFrom(HONEST)).isEqualTo(200);
        assertThat(refused("source-connections")).isGreaterThanOrEqualTo(30 - LIMITS.connections());
        silent.getFirst().close();
        await("the place of a closed connection is free")
                .atMost(Duration.ofSeconds(10))
                .until(() -> awaitAny(connect(ATTACKER, 1, tls ? https : http)));
    }

    @Test
    void manySourcesCannotFillAFrontend() throws Exception {
        List<Socket> silent = new ArrayList<>();
        for (int source = 1; source <= 60; source++) {
            silent.addAll(connect("127.0.4." + source, LIMITS.connections(), https));
        }
        assertThat(statusFrom(HONEST)).isEqualTo(200);
        assertThat(silent.stream().filter(LimitsIT::isOpen).count()).isLessThan(MAX_CONNECTIONS);
    }

    /**
     * Slow requests, like downloads of slow readers, use one connection of the server each. Two sources can use half of the 12
     * connections before the limit of one request per source applies; four other sources then use one each, and two remain. Without
     * that limit the six sources would use all.
     */
    @Test
    void manySourcesCannotUseAllConnectionsOfServers() throws Exception {
        running.haproxy.apply(balancer(unit.asServer().withMaxConnections(12)));
        running.awaitChecked(unit);
        List<HttpClient> clients = new ArrayList<>();
        List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
        try {
            for (int source = 1; source <= 6; source++) {
                HttpClient client = Clients.from("127.0.5." + source, certificate, HttpClient.Version.HTTP_1_1);
                clients.add(client);
                IntStream.range(0, LIMITS.requests()).forEach(i -> answers.add(askSlowly(client)));
            }
            await("some are refused")
                    .atMost(Duration.ofSeconds(10))
                    .until(() -> answers.stream().anyMatch(CompletableFuture::isDone));
            assertThat(refused("source-requests")).isPositive();
            assertThat(statusFrom(HONEST)).isEqualTo(200);
        } finally {
            unit.gate.release(100);
            clients.forEach(HttpClient::shutdownNow);
        }
    }

    /** There are no places then, and no client takes too many of them. */
    @Test
    void withoutAServerTheAnswerIs503AndNot429() throws Exception {
        unit.ready = false;
        running.awaitCondition(unit, ServerStatus.Condition.DOWN);
        try (HttpClient client = http2From(ATTACKER)) {
            assertThat(askSlowly(client).join().statusCode()).isEqualTo(503);
            assertThat(askSlowly(client).join().statusCode()).isEqualTo(503);
        }
        assertThat(refused("source-requests")).isZero();
    }

    @Test
    void theRateOfNewConnectionsIsLimitedPerSource() throws Exception {
        int opened = 0;
        for (int i = 0; i < LIMITS.connectionRate() + 20; i++) {
            try (Socket socket = connect(ATTACKER, 1, https).getFirst()) {
                opened += isOpen(socket, 20) ? 1 : 0;
            }
        }
        assertThat(opened).isLessThanOrEqualTo(LIMITS.connectionRate());
        assertThat(refused("source-connection-rate")).isPositive();
        assertThat(statusFrom(HONEST)).isEqualTo(200);
    }

    /** Two at a time on each of four connections: HTTP/2 itself would keep a client from more streams than are allowed. */
    @Test
    void everyStreamOfEveryConnectionIsARequestOfItsSource() throws Exception {
        List<HttpClient> clients =
                IntStream.range(0, 4).mapToObj(i -> http2From(ATTACKER)).toList();
        try {
            List<CompletableFuture<HttpResponse<String>>> slow = clients.stream()
                    .flatMap(client -> Stream.of(askSlowly(client), askSlowly(client)))
                    .toList();
            int refused = slow.size() - LIMITS.requests();
            await("those above the limit are answered")
                    .atMost(Duration.ofSeconds(10))
                    .until(() -> slow.stream().filter(CompletableFuture::isDone).count() == refused);
            HttpResponse<String> refusal = slow.stream()
                    .filter(CompletableFuture::isDone)
                    .findFirst()
                    .orElseThrow()
                    .join();
            assertThat(refusal.statusCode()).isEqualTo(429);
            assertThat(refusal.headers().firstValue("retry-after")).isPresent();
            assertThat(refusal.headers().firstValue("content-type")).hasValue("application/problem+json");
            assertThat(statusFrom(HONEST)).isEqualTo(200);
            assertThat(refused("source-requests")).isEqualTo(refused);
            unit.gate.release(slow.size());
            assertThat(slow.stream().map(CompletableFuture::join).filter(it -> it.statusCode() == 200))
                    .hasSize(LIMITS.requests());
        } finally {
            clients.forEach(HttpClient::shutdownNow);
        }
    }

    private CompletableFuture<HttpResponse<String>> askSlowly(HttpClient client) {
        return client.sendAsync(
                Clients.request(https, "/v1/client/m/slow").build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void theRateOfRequestsIsLimitedPerSource() throws Exception {
        try (HttpClient client = http2From(ATTACKER)) {
            List<Integer> statuses = new ArrayList<>();
            for (int i = 0; i < LIMITS.requestRate() + 20; i++) {
                statuses.add(Clients.get(client, https, "/v1/client/m").statusCode());
            }
            assertThat(statuses).contains(200, 429);
            assertThat(statuses.getLast()).isEqualTo(429);
            assertThat(refused("source-request-rate")).isPositive();
            assertThat(statusFrom(HONEST)).isEqualTo(200);
        }
    }

    @Test
    void aTrustedNetworkIsNotLimited() throws Exception {
        List<Socket> many = connect(TRUSTED, 3 * LIMITS.connections(), https);
        awaitOpen(many, many.size());
        try (HttpClient client = Clients.from(TRUSTED, certificate, HttpClient.Version.HTTP_1_1)) {
            List<CompletableFuture<HttpResponse<String>>> slow =
                    IntStream.range(0, 10).mapToObj(i -> askSlowly(client)).toList();
            unit.gate.release(10);
            assertThat(slow)
                    .allSatisfy(answer -> assertThat(answer.join().statusCode()).isEqualTo(200));
        }
        assertThat(refused("source-connections") + refused("source-requests")).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"})
    void aBodyThatNeverArrivesReachesNoUnit(String method) throws Exception {
        String head = method + " /v1/client/m HTTP/1.1\r\nHost: a\r\n";
        assertThat(rawFrom(ATTACKER, head + "Content-Length: 200\r\n\r\nhalf")).startsWith("HTTP/1.1 408");
        assertThat(rawFrom(ATTACKER, head + "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"))
                .startsWith("HTTP/1.1 408");
        assertThat(unit.seen).isEmpty();
        assertThat(refused("body-timeout")).isEqualTo(2);
    }

    @Test
    void aBodyThatIsTooLongReachesNoUnit() throws Exception {
        String head = "POST /v1/client/m HTTP/1.1\r\nHost: a\r\nConnection: close\r\n";
        String chunk = "3e8\r\n" + "x".repeat(BODY_BYTES) + "\r\n";
        assertThat(rawFrom(ATTACKER, head + "Content-Length: 60000\r\n\r\n" + "x".repeat(5000)))
                .startsWith("HTTP/1.1 408");
        assertThat(rawFrom(ATTACKER, head + "Content-Length: 60000\r\n\r\n" + "x".repeat(17_000)))
                .startsWith("HTTP/1.1 413")
                .contains("application/problem+json");
        assertThat(rawFrom(ATTACKER, head + "Expect: 100-continue\r\nContent-Length: 60000\r\n\r\n"))
                .startsWith("HTTP/1.1 413");
        assertThat(rawFrom(ATTACKER, head + "Transfer-Encoding: chunked\r\n\r\n" + chunk + "1\r\nx\r\n0\r\n\r\n"))
                .startsWith("HTTP/1.1 413");
        assertThat(postFrom(ATTACKER, "/v1/client/m", BODY_BYTES + 1)).isEqualTo(413);
        assertThat(postFrom(ATTACKER, "/v1/client/m", 14_000)).isEqualTo(413);
        assertThat(unit.seen).isEmpty();
        assertThat(refused("body-too-large")).isEqualTo(5);
        assertThat(postFrom(ATTACKER, "/v1/client/m", BODY_BYTES)).isEqualTo(200);
        assertThat(rawFrom(ATTACKER, head + "Transfer-Encoding: chunked\r\n\r\n" + chunk + "0\r\n\r\n"))
                .startsWith("HTTP/1.1 200");
    }

    @Test
    void aStreamedRouteTakesALongBody() throws Exception {
        assertThat(postFrom(HONEST, "/v1/admin/patches/x", 1_000_000)).isEqualTo(200);
    }

    @Test
    void metricsAnswerWhileOtherFrontendsAreFull() throws Exception {
        connect(TRUSTED, MAX_CONNECTIONS + 10, https);
        assertThat(metrics("/metrics")).contains("haproxy_frontend_current_sessions");
    }

    private long refused(String reason) throws IOException {
        return metrics("/metrics/refused")
                .lines()
                .filter(line -> line.startsWith("haproxy_refused_total{reason=\"" + reason + "\"} "))
                .mapToLong(line -> Long.parseLong(line.substring(line.lastIndexOf(' ') + 1)))
                .findFirst()
                .orElseThrow();
    }

    private String metrics(String path) throws IOException {
        return Clients.rawPlain(metrics, "GET " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    }

    private List<Socket> connect(String from, int count, int port) throws IOException {
        List<Socket> sockets = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            try {
                sockets.add(connect(from, port));
            } catch (SocketException e) {
                // Refused so soon that connecting itself fails.
                sockets.add(closed());
            }
        }
        open.addAll(sockets);
        return sockets;
    }

    private static Socket closed() throws IOException {
        Socket socket = new Socket();
        socket.close();
        return socket;
    }

    private static Socket connect(String from, int port) throws IOException {
        Socket socket = new Socket();
        socket.bind(new InetSocketAddress(InetAddress.ofLiteral(from), 0));
        socket.connect(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port), 10_000);
        return socket;
    }

    private static void awaitOpen(List<Socket> sockets, int count) {
        await(count + " of " + sockets.size() + " connections stay open")
                .atMost(Duration.ofSeconds(15))
                .until(() -> sockets.stream().filter(LimitsIT::isOpen).count() == count);
    }

    private static boolean awaitAny(List<Socket> sockets) {
        return sockets.stream().anyMatch(socket -> isOpen(socket, 100));
    }

    private static boolean isOpen(Socket socket) {
        return isOpen(socket, 1);
    }

    /** Checks that a connection stays open without a response for this many milliseconds. */
    private static boolean isOpen(Socket socket, int millis) {
        try {
            socket.setSoTimeout(millis);
            return socket.getInputStream().read() >= 0;
        } catch (SocketTimeoutException e) {
            return true;
        } catch (SocketException e) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static HttpClient http2From(String address) {
        return Clients.from(address, certificate, HttpClient.Version.HTTP_2);
    }

    private int statusFrom(String address) throws IOException, InterruptedException {
        try (HttpClient client = http2From(address)) {
            return Clients.get(client, https, "/v1/client/m").statusCode();
        }
    }

    private int postFrom(String address, String path, int bytes) throws IOException, InterruptedException {
        try (HttpClient client = http2From(address)) {
            HttpRequest request = Clients.request(https, path)
                    .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[bytes]))
                    .build();
            return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        }
    }

    /** Sends bytes over TLS and returns the response until the connection is closed. */
    private String rawFrom(String address, String request) throws IOException {
        try (Socket plain = connect(address, https);
                SSLSocket socket = (SSLSocket)
                        certificate.trust().getSocketFactory().createSocket(plain, "127.0.0.1", https, true)) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            StringBuilder answer = new StringBuilder();
            for (int next = socket.getInputStream().read();
                    next >= 0;
                    next = socket.getInputStream().read()) {
                answer.append((char) next);
            }
            return answer.toString();
        }
    }
}
