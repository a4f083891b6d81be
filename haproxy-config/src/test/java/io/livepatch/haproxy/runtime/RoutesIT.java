package io.livepatch.haproxy.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.haproxy.model.Bind;
import io.livepatch.haproxy.model.Bind.Tls;
import io.livepatch.haproxy.model.Examples;
import io.livepatch.haproxy.model.Frontend;
import io.livepatch.haproxy.model.Frontend.Page;
import io.livepatch.haproxy.model.LoadBalancer;
import io.livepatch.haproxy.model.LoadBalancer.MetricsPage;
import io.livepatch.haproxy.model.LoadBalancer.ProxyLimits;
import io.livepatch.haproxy.model.LoadBalancer.Redirect;
import io.livepatch.haproxy.model.Paths;
import io.livepatch.testing.FreePorts;
import io.livepatch.testing.TestCertificate;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The routes of a TLS frontend, the headers that it sets, and its log. */
class RoutesIT {
    @TempDir
    static Path directory;

    private static Unit unit;
    private static RunningHaproxy running;
    private static HttpClient http2;
    private static HttpClient http1;
    private static int https;
    private static int http;
    private static int admin;
    private static int metrics;
    private static int behind;
    private static int behindAnother;
    private static final String PAGE = "# HELP a 'what' %[src] %% is (not) for; haproxy\na{kind=\"leaf\"} 1796022000\n";

    /** As long as a page may be. */
    private static final String LONG_PAGE = "% \"'#{}\n" + "x".repeat(8000 - 8);

    @BeforeAll
    static void start() throws Exception {
        TestCertificate certificate = TestCertificate.of(directory, "DNS:localhost,IP:127.0.0.1");
        https = FreePorts.one();
        http = FreePorts.one();
        admin = FreePorts.one();
        metrics = FreePorts.one();
        behind = FreePorts.one();
        behindAnother = FreePorts.one();
        unit = Unit.start(0);
        Tls tls = new Tls(certificate.both(), Optional.of(Duration.ofDays(1)));
        LoadBalancer lb = LoadBalancer.of(
                        "haproxy/0",
                        new Paths(directory),
                        Examples.https(Bind.secure("127.0.0.1", https, tls)),
                        Examples.units(unit.asServer()))
                .withRedirects(List.of(new Redirect("redirect", Bind.plain("127.0.0.1", http), https)))
                .withMetrics(Bind.plain("127.0.0.1", metrics))
                .withMetricsPages(List.of(new MetricsPage("/metrics/certificates", PAGE)));
        Frontend office = new Frontend("office", List.of(Bind.plain("127.0.0.1", admin)), Examples.routes("/v1/admin"));
        Frontend main = lb.frontends().getFirst().withPages(List.of(new Page("/v1/own", "text/plain", LONG_PAGE)));
        lb = lb.withLimits(ProxyLimits.DEFAULT.withMaxConnections(1000))
                .withFrontends(List.of(
                        main,
                        office,
                        trusting("behind", behind, "127.0.0.1"),
                        trusting("another", behindAnother, "192.0.2.0/24")));
        running = RunningHaproxy.start(directory, certificate, lb);
        running.awaitChecked(unit);
        http2 = Clients.keepAlive(certificate.trust(), HttpClient.Version.HTTP_2);
        http1 = Clients.keepAlive(certificate.trust(), HttpClient.Version.HTTP_1_1);
    }

    @AfterAll
    static void stop() {
        http1.close();
        http2.close();
        running.close();
        unit.close();
    }

    @ParameterizedTest
    @FieldSource("io.livepatch.haproxy.model.Examples#OPEN")
    void aRouteThatIsOpenIsShown(String path) throws Exception {
        aRouteIsShown(path, true);
    }

    @ParameterizedTest
    @FieldSource("io.livepatch.haproxy.model.Examples#HIDDEN")
    void noOtherRouteIsShown(String path) throws Exception {
        aRouteIsShown(path, false);
    }

    private static void aRouteIsShown(String route, boolean open) throws Exception {
        for (HttpClient client : List.of(http1, http2)) {
            for (String path : List.of(route, route + "/below-it")) {
                // The checked route is answered by the health page, which has no body.
                HttpResponse<String> response = Clients.get(client, https, path);
                assertThat(response.statusCode()).as(path).isEqualTo(open ? 200 : 404);
                if (!open) {
                    assertThat(response.headers().firstValue("content-type")).hasValue("application/problem+json");
                    assertThat(response.body()).contains("\"status\":404");
                }
            }
            assertThat(Clients.get(client, https, route + "x").statusCode()).isEqualTo(404);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "//v1/admin",
                "/v1//admin",
                "/v1/%61dmin",
                "/v1/%61%64%6d%69%6e/tiers",
                "/V1/admin",
                "/v1/ADMIN",
                "/v1/patches/../admin",
                "/v1/patches/../admin/tiers",
                "/v1/patches/./../admin",
                "/v1/patches/..",
                "/v1/patches/.",
                "/v1/patches/%2e%2e/admin",
                "/v1/patches/%2E%2E/admin",
                "/v1/patches/.%2e/admin",
                "/v1/patches%2f..%2fadmin",
                "/v1/patches/..%2fadmin",
                "/v1/patches/%252e%252e/admin",
                "/v1/patches/..;/admin",
                "/v1/patches;/../admin",
                "/v1/patches/..;x=y/admin",
                "/v1/patches//admin",
                "/v1/patches/../../metrics",
                "/v1/client/%00/../../admin",
                "/v1/patches/%c0%ae%c0%ae/admin",
                "/./v1/admin",
                "/v1/admin/",
                "/v1/admin?x=/v1/patches/",
                "/v1/patchesx",
                "/v1",
                "/health/live",
                "/health/ready/../live",
                "/debug/info",
                "/metrics",
                "/favicon.ico"
            })
    void noSpellingOfAHiddenPathReachesAUnit(String path) throws Exception {
        int before = unit.seen.size();
        assertThat(Clients.get(http1, https, path).statusCode()).isEqualTo(404);
        assertThat(Clients.get(http2, https, path).statusCode()).isEqualTo(404);
        assertThat(unit.seen).hasSize(before);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET http://127.0.0.1/v1/admin HTTP/1.1",
                "GET https://127.0.0.1/v1/patches/../admin HTTP/1.1",
                "GET http:///v1/admin HTTP/1.1",
                "GET /v1/patches/x#/../../admin HTTP/1.1",
                "GET /v1/patches\\..\\admin HTTP/1.1",
                "GET /v1/patches/\\../admin HTTP/1.1",
                "GET v1/admin HTTP/1.1",
                "GET  /v1/admin HTTP/1.1",
                "GET /v1/patches/ /v1/admin HTTP/1.1",
                "OPTIONS * HTTP/1.1",
                "CONNECT 127.0.0.1:80 HTTP/1.1",
                "GET /v1/admin HTTP/1.0"
            })
    void noFormOfARequestLineReachesAHiddenPath(String line) throws Exception {
        int before = unit.seen.size();
        String answer = Clients.raw(
                running.certificate.trust(), https, line + "\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
        assertThat(answer).startsWithIgnoringCase("HTTP/1.").containsPattern("^HTTP/1\\.[01] 40[04] ");
        assertThat(unit.seen).hasSize(before);
    }

    @Test
    void adminFrontendServesAdminRoutes() throws Exception {
        String answer = Clients.rawPlain(admin, "GET /v1/admin/tiers HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 200").contains("request: GET /v1/admin/tiers");
        assertThat(Clients.field(answer, "x-forwarded-proto")).isEqualTo("http");
    }

    @Test
    void forwardedHeadersOfClientsAreReplaced() throws Exception {
        HttpRequest request = Clients.request(https, "/v1/client/m1/info")
                .header("X-Forwarded-For", "6.6.6.6")
                .header("X-Forwarded-Host", "evil.example")
                .header("X-Forwarded-Proto", "http")
                .header("Forwarded", "for=6.6.6.6")
                .header("X-Request-ID", "mine")
                .header("Authorization", "Bearer keep-me")
                .build();
        for (HttpClient client : List.of(http1, http2)) {
            HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
            String body = response.body();
            assertThat(response.version()).isEqualTo(client.version());
            assertThat(Clients.field(body, "x-forwarded-for")).isEqualTo("127.0.0.1");
            assertThat(Clients.field(body, "x-forwarded-proto")).isEqualTo("https");
            assertThat(Clients.field(body, "authorization")).isEqualTo("Bearer keep-me");
            assertThat(Clients.field(body, "forwarded") + Clients.field(body, "x-forwarded-host"))
                    .isEmpty();
            assertThat(Clients.field(body, "x-request-id")).hasSize(36);
            assertThat(response.headers().allValues("x-request-id"))
                    .containsExactly(Clients.field(body, "x-request-id"));
            assertThat(response.headers().firstValue("strict-transport-security"))
                    .hasValue("max-age=86400");
        }
    }

    private static Frontend trusting(String name, int port, String peer) {
        return new Frontend(name, List.of(Bind.plain("127.0.0.1", port)), Examples.routes(), List.of(peer));
    }

    @Test
    void forwardedHeadersOfTrustedPeersAreKept() throws Exception {
        String told = String.join(
                "\r\n",
                "GET /v1/client/m1/info HTTP/1.1",
                "Host: a",
                "X-Forwarded-For: 198.51.100.7",
                "X-Forwarded-Proto: https",
                "X-Request-ID: of-the-first",
                "Connection: close",
                "",
                "");

        String answer = Clients.rawPlain(behind, told);
        assertThat(Clients.field(answer, "x-forwarded-for")).isEqualTo("198.51.100.7");
        assertThat(Clients.field(answer, "x-forwarded-proto")).isEqualTo("https");
        assertThat(Clients.field(answer, "x-request-id")).isEqualTo("of-the-first");

        String untold =
                Clients.rawPlain(behind, "GET /v1/client/m1/info HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        assertThat(Clients.field(untold, "x-forwarded-for")).isEqualTo("127.0.0.1");
        assertThat(Clients.field(untold, "x-forwarded-proto")).isEqualTo("http");
        assertThat(Clients.field(untold, "x-request-id")).hasSize(36);

        String spoofed = Clients.rawPlain(behindAnother, told);
        assertThat(Clients.field(spoofed, "x-forwarded-for")).isEqualTo("127.0.0.1");
        assertThat(Clients.field(spoofed, "x-forwarded-proto")).isEqualTo("http");
        assertThat(Clients.field(spoofed, "x-request-id")).isNotEmpty().doesNotContain("of-the-first");
    }

    @Test
    void anAnswerOfAUnitNamesItAndHaproxysOwnDoNot() throws Exception {
        for (HttpClient client : List.of(http1, http2)) {
            assertThat(Clients.get(client, https, "/v1/client/m1/info")
                            .headers()
                            .allValues("X-Livepatch-Unit"))
                    .containsExactly(unit.asServer().haproxyName());
            assertThat(Clients.get(client, https, "/v1/admin").headers().map()).doesNotContainKey("x-livepatch-unit");
        }
    }

    @Test
    void aPageIsAnsweredByHaproxyItself() throws Exception {
        int before = unit.seen.size();
        for (HttpClient client : List.of(http1, http2)) {
            HttpResponse<String> page = Clients.get(client, https, "/v1/own");
            assertThat(page.statusCode()).isEqualTo(200);
            assertThat(page.headers().firstValue("content-type")).hasValue("text/plain");
            assertThat(page.body()).isEqualTo(LONG_PAGE);
            HttpResponse<String> head =
                    client.send(Clients.request(https, "/v1/own").HEAD().build(), HttpResponse.BodyHandlers.ofString());
            assertThat(head.statusCode()).isEqualTo(200);
            assertThat(head.body()).isEmpty();
            // Without a body, which haproxy would not wait for.
            HttpRequest post = Clients.request(https, "/v1/own")
                    .POST(HttpRequest.BodyPublishers.noBody())
                    .build();
            assertThat(client.send(post, HttpResponse.BodyHandlers.ofString()).statusCode())
                    .isEqualTo(404);
            for (String other : List.of("/v1/own/x", "/v1/ownx", "/v1/%6fwn", "/v1/./own")) {
                assertThat(Clients.get(client, https, other).statusCode())
                        .as(other)
                        .isEqualTo(404);
            }
        }
        assertThat(Clients.rawPlain(http, "GET /v1/own HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 308");
        assertThat(unit.seen).hasSize(before);
    }

    @Test
    void plainHttpIsSentToHttpsWithPathAndQuery() throws Exception {
        String answer = Clients.rawPlain(
                http,
                "GET /v1/patches/a?signature=s3cret HTTP/1.1\r\nHost: patches.example:80\r\nConnection: close\r\n\r\n");
        assertThat(answer)
                .startsWith("HTTP/1.1 308")
                .contains("location: https://patches.example:" + https + "/v1/patches/a?signature=s3cret\r\n");
        assertThat(Clients.rawPlain(http, "GET / HTTP/1.1\r\nHost: a/b\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 400");
    }

    @Test
    void headersThatAreTooLargeOrTooManyAreRefused() throws Exception {
        int before = unit.seen.size();
        String head = "GET /v1/client/m1/info HTTP/1.1\r\nHost: a\r\nConnection: close\r\n";
        assertThat(Clients.raw(running.certificate.trust(), https, head + "X: " + "x".repeat(20_000) + "\r\n\r\n"))
                .startsWith("HTTP/1.1 400");
        assertThat(Clients.raw(running.certificate.trust(), https, head + "X: y\r\n".repeat(120) + "\r\n"))
                .startsWith("HTTP/1.1 400");
        assertThat(unit.seen).hasSize(before);
    }

    @Test
    void theMetricsFrontendServesMetricsAndHealthOnly() throws Exception {
        String head = " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        assertThat(Clients.rawPlain(metrics, "GET /metrics" + head)).contains("haproxy_server_status");
        assertThat(Clients.rawPlain(metrics, "GET /health HTTP/1.1\r\nHost: a\r\n\r\n"))
                .as("and the connection is closed")
                .startsWith("HTTP/1.1 200 OK")
                .contains("connection: close");
        assertThat(Clients.rawPlain(metrics, "GET /" + head)).startsWith("HTTP/1.1 404");
        assertThat(Clients.rawPlain(metrics, "GET /metrics/certificates" + head))
                .startsWith("HTTP/1.1 200")
                .contains("text/plain; version=0.0.4")
                .endsWith("\r\n\r\n" + PAGE);
    }

    @Test
    void noTokenAndNoSignatureReachesTheLog() throws Exception {
        String secret = "s3cr3t-0f-a-machine";
        HttpRequest.Builder get = Clients.request(https, "/v1/patches/x.tar.bz2?expires=1&signature=" + secret);
        HttpRequest.Builder post = Clients.request(https, "/v1/client/m-for-log/updates")
                .POST(HttpRequest.BodyPublishers.ofString(secret));
        HttpRequest.Builder hidden = Clients.request(https, "/v1/admin/login?password=" + secret);
        for (HttpRequest.Builder request : List.of(get, post, hidden)) {
            for (HttpClient client : List.of(http1, http2)) {
                request.setHeader("Authorization", "Bearer " + secret).setHeader("Cookie", "c=" + secret);
                client.send(request.build(), HttpResponse.BodyHandlers.ofString());
            }
        }
        String tail = "?t=" + secret + " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + secret + "\r\n";
        Clients.rawPlain(http, "GET /v1/client" + tail + "Connection: close\r\n\r\n");
        Clients.raw(running.certificate.trust(), https, "GET /v1/client/broken" + tail + "no header\r\n\r\n");
        Clients.raw(
                running.certificate.trust(),
                https,
                "GET http://a/v1/client/last-one" + tail + "Connection: close\r\n\r\n");
        await("the last request is logged")
                .atMost(Duration.ofSeconds(10))
                .until(() -> running.log().contains("/v1/client/last-one"));
        assertThat(running.log())
                .contains("POST /v1/client/m-for-log/updates HTTP/2.0", "GET /v1/patches/x.tar.bz2 HTTP/1.1")
                .contains("<BADREQ>")
                .doesNotContain(secret);
    }
}
