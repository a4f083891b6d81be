package io.livepatch.common.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.livepatch.testing.RawHttpClient;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AdminEndpointTest {
    private static final String TOKEN = "0123456789abcdef0123456789abcdef";
    private static final int MAX_BYTES = 1 << 20;

    private final HttpClient client = HttpClient.newHttpClient();
    private final AtomicBoolean closed = new AtomicBoolean();
    private AdminEndpoint endpoint;
    private RawHttpClient raw;

    private static final class Busy extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private record Named(String shortName, Optional<String> absent) {}

    private void start(Optional<String> token, boolean loopback, boolean hostOfAll) {
        List<Route> routes = List.of(
                Route.open("/", request -> Response.json(200, new Named("root", Optional.empty()))),
                Route.open("/items/{item}", request -> Response.text(request.variable("item"))),
                Route.open("/files/**", request -> Response.text(request.variable("**"))),
                Route.open("/number", request -> Response.text(String.valueOf(request.numberOr("of", 3, 9)))),
                Route.open("/stream", request -> Response.stream(200, "text/x", out -> out.write('s'), this::release)),
                Route.open("/defect", request -> {
                    throw new IllegalStateException("an internal detail");
                }),
                Route.open("/busy", request -> {
                    throw new Busy();
                }),
                Route.open("/gone", request -> {
                    throw new ClientGoneException();
                }),
                Route.open("/invalid", request -> {
                    throw new RequestException(422, "invalid", List.of("a: missing", "b: missing"));
                }),
                Route.guarded("GET", "/secret", request -> Response.text("secret")),
                Route.guarded(
                        "PUT",
                        "/items/{item}",
                        request -> Response.text(SnakeCaseJson.read(request.body(MAX_BYTES))
                                .path("x")
                                .toString())),
                Route.guarded("DELETE", "/items/{item}", request -> Response.empty(204))
                        .unlogged());
        ProblemDetails problems =
                new ProblemDetails("example", Map.of(429, "busy"), hostOfAll, thrown -> switch (thrown) {
                    case Busy _ -> new RequestException(429, "come back later", Map.of("Retry-After", "5"));
                    default -> thrown;
                });
        try {
            endpoint = AdminEndpoint.start(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                    "test-",
                    routes,
                    new AccessFilter(loopback, token, hostOfAll, "x.token-file", "x.listen"),
                    problems);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        raw = new RawHttpClient(endpoint.address());
    }

    private void start() {
        start(Optional.empty(), true, true);
    }

    private void release() {
        closed.set(true);
    }

    @AfterEach
    void stop() {
        endpoint.close();
        client.close();
    }

    private HttpResponse<String> send(String method, String path, String body)
            throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + endpoint.address().getPort() + path);
        return client.send(
                HttpRequest.newBuilder(uri)
                        .method(method, HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send("GET", path, "");
    }

    @Test
    void responsesAreJsonTextOrStreamsAndAreNotCached() throws Exception {
        start();
        HttpResponse<String> root = get("/");
        assertThat(root.body()).isEqualTo("{\"short_name\":\"root\"}");
        assertThat(root.headers().firstValue("Content-Type")).hasValue("application/json");
        assertThat(root.headers().firstValue("Content-Length")).hasValue("21");
        assertThat(root.headers().firstValue("Cache-Control")).hasValue("no-store");
        assertThat(root.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
        HttpResponse<String> stream = get("/stream");
        assertThat(stream.body()).isEqualTo("s");
        assertThat(stream.headers().firstValue("Content-Length")).isEmpty();
        assertThat(send("DELETE", "/items/x", "").statusCode()).isEqualTo(204);
        HttpResponse<String> head = send("HEAD", "/", "");
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
    }

    @Test
    void aResourceIsClosedThoughNothingIsSentOfIt() throws Exception {
        start();
        assertThat(raw.request("HEAD /stream", "Host: localhost")).startsWith("HTTP/1.1 200 ");
        await().untilTrue(closed);
    }

    @Test
    void pathsAreDecodedSegmentBySegment() throws Exception {
        start();
        assertThat(get("/items/a%2Fb+c").body()).isEqualTo("a/b+c");
        assertThat(get("/files/a/b%20c/").body()).isEqualTo("a/b%20c/");
        assertThat(raw.status("GET /items/%zz", "Host: localhost")).isEqualTo(400);
    }

    @Test
    void numbersHaveDefaultsAndBounds() throws Exception {
        start();
        assertThat(get("/number").body()).isEqualTo("3");
        assertThat(get("/number?of=9").body()).isEqualTo("9");
        for (String wrong : List.of("10", "-1", "x", "")) {
            assertThat(get("/number?of=" + wrong).body()).contains("a number from 0 to 9");
        }
    }

    @Test
    void problemsSayStatusTitleAndDetail() throws Exception {
        start();
        HttpResponse<String> busy = get("/busy");
        assertThat(busy.statusCode()).isEqualTo(429);
        assertThat(busy.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(busy.headers().firstValue("Retry-After")).hasValue("5");
        assertThat(busy.body())
                .isEqualTo("{\"title\":\"busy\",\"status\":429,\"detail\":\"come back later\",\"errors\":[]}");
        assertThat(get("/invalid").body()).contains("\"errors\":[\"a: missing\",\"b: missing\"]");
        assertThat(get("/defect").statusCode()).isEqualTo(500);
        assertThat(get("/defect").body()).contains("a defect of the example").doesNotContain("an internal detail");
        assertThat(raw.request("GET /gone", "Host: localhost")).isEmpty();
    }

    @Test
    void problemsHaveNoErrorsWhereNoneAreAsked() throws Exception {
        start(Optional.empty(), true, false);
        assertThat(get("/busy").body()).doesNotContain("errors");
    }

    @Test
    void unknownPathsAndMethodsAreRefused() throws Exception {
        start();
        assertThat(get("/nothing").statusCode()).isEqualTo(404);
        assertThat(get("/nothing").body()).contains("'/nothing'", "GET / lists the routes");
        HttpResponse<String> wrong = send("PATCH", "/items/x", "");
        assertThat(wrong.statusCode()).isEqualTo(405);
        assertThat(wrong.headers().firstValue("Allow")).hasValue("DELETE, GET, HEAD, PUT");
    }

    @Test
    void bodiesAreBoundedAndMustBeJson() throws Exception {
        start();
        assertThat(send("PUT", "/items/x", "{\"x\":[1]}").body()).isEqualTo("[1]");
        assertThat(send("PUT", "/items/x", "{} {}").body()).contains("not JSON");
        HttpResponse<String> large = send("PUT", "/items/x", "x".repeat(2 * MAX_BYTES));
        assertThat(large.statusCode()).isEqualTo(413);
        assertThat(large.body()).contains("at most 1048576 bytes");
        for (String announced : List.of("99999999999", "9999999999999")) {
            assertThat(raw.status("PUT /items/x", "Host: localhost", "Content-Length: " + announced))
                    .isEqualTo(413);
        }
    }

    @Test
    void aPageOfAnotherSiteCannotUseGuardedRoutes() throws IOException {
        for (boolean hostOfAll : new boolean[] {true, false}) {
            start(Optional.empty(), true, hostOfAll);
            for (String guarded : List.of("DELETE /items/x", "GET /secret")) {
                int done = guarded.startsWith("GET") ? 200 : 204;
                assertThat(raw.status(guarded, "Host: localhost")).isEqualTo(done);
                assertThat(raw.status(guarded, "Host: localhost", "Sec-Fetch-Site: same-origin"))
                        .isEqualTo(done);
                for (String header :
                        List.of("Origin: http://evil.example", "Origin: null", "Sec-Fetch-Site: cross-site")) {
                    assertThat(raw.status(guarded, "Host: localhost", header))
                            .as(header)
                            .isEqualTo(403);
                }
                assertThat(raw.status(guarded, "Host: evil.example")).isEqualTo(403);
                assertThat(raw.status(guarded, "Ignored: x")).isEqualTo(hostOfAll ? done : 403);
            }
            assertThat(raw.status("GET /", "Host: localhost", "Origin: http://evil.example"))
                    .isEqualTo(200);
            endpoint.close();
        }
    }

    @Test
    void aNameThatResolvesToThisMachineIsNoLoopbackName() throws IOException {
        start();
        for (String host : List.of("evil.example", "evil.example:9100", "127.0.0.1.evil.example", "localhost.evil")) {
            assertThat(raw.status("GET /", "Host: " + host)).as(host).isEqualTo(403);
        }
        for (String host : List.of("localhost", "LOCALHOST:9100", "127.0.0.1:1", "127.8.9.10", "[::1]:9100")) {
            assertThat(raw.status("GET /", "Host: " + host)).as(host).isEqualTo(200);
        }
        endpoint.close();
        start(Optional.empty(), true, false);
        assertThat(raw.status("GET /", "Host: evil.example")).isEqualTo(200);
    }

    @Test
    void aTokenIsRequiredByGuardedRoutesAndAllowsEverything() throws IOException {
        start(Optional.of(TOKEN), true, true);
        assertThat(raw.status("GET /", "Host: localhost")).isEqualTo(200);
        assertThat(raw.request("GET /secret", "Host: localhost"))
                .startsWith("HTTP/1.1 401 ")
                .contains("x.token-file")
                .containsIgnoringCase("www-authenticate: Bearer")
                .doesNotContain(TOKEN);
        for (String wrong :
                List.of("Bearer " + TOKEN + "0", "Bearer " + TOKEN.substring(1), "Bearer ", TOKEN, "Basic x")) {
            assertThat(raw.status("GET /secret", "Host: localhost", "Authorization: " + wrong))
                    .as(wrong)
                    .isEqualTo(401);
        }
        String right = "Authorization: bearer " + TOKEN;
        assertThat(raw.status("DELETE /items/x", "Host: example.org", "Origin: x", right))
                .isEqualTo(204);
        assertThat(new AccessFilter(true, Optional.of(TOKEN), true, "a", "b").toString())
                .doesNotContain(TOKEN);
    }

    @Test
    void otherMachinesChangeNothingWithoutAToken() throws IOException {
        start(Optional.empty(), false, false);
        assertThat(raw.request("DELETE /items/x", "Host: localhost"))
                .startsWith("HTTP/1.1 403 ")
                .contains("set x.token-file, or x.listen to 127.0.0.1");
        assertThat(raw.status("GET /", "Host: example.org")).isEqualTo(200);
    }

    @Test
    void anAddressInUseIsReported() {
        start();
        assertThatThrownBy(() -> AdminEndpoint.start(
                        endpoint.address(),
                        "test-",
                        List.of(),
                        new AccessFilter(true, Optional.empty(), true, "a", "b"),
                        new ProblemDetails("example", Map.of(), false, thrown -> thrown)))
                .isInstanceOf(BindException.class);
    }
}
