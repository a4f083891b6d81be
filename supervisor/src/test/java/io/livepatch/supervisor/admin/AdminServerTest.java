package io.livepatch.supervisor.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.livepatch.common.http.AdminEndpoint;
import io.livepatch.supervisor.FakePool;
import io.livepatch.supervisor.PoolEvent;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.ReplacementReason;
import io.livepatch.supervisor.SupervisorException;
import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.supervisor.WorkerState;
import io.livepatch.supervisor.output.Line;
import io.livepatch.testing.RawHttpClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class AdminServerTest {

    private static final String TOKEN = "0123456789abcdef0123456789abcdef";

    private final FakeAdminOperations operations = new FakeAdminOperations();
    private final FakePool web = new FakePool(
            PoolSpec.of("web", List.of("server", "--port"))
                    .replicas(4)
                    .environment(Map.of("PASSWORD", "hunter2"))
                    .build(),
            FakePool.worker("web", 0, WorkerState.READY),
            FakePool.worker("web", 1, WorkerState.READY),
            FakePool.worker("web", 2, WorkerState.READY),
            FakePool.withProblem(FakePool.worker("web", 3, WorkerState.FAILED), "crashed 5 times"));
    private final FakePool slashed =
            new FakePool(PoolSpec.of("livepatch/0", List.of("server")).build());

    private final HttpClient client = HttpClient.newHttpClient();
    private AdminEndpoint server;
    private RawHttpClient raw;

    @BeforeEach
    void start() {
        operations.pools.addAll(List.of(web, slashed));
        start(Optional.empty());
    }

    private void start(Optional<String> token) {
        server = AdminServer.start(new AdminSettings("127.0.0.1", 0, token), operations);
        raw = new RawHttpClient(server.address());
    }

    private void restartWithToken() {
        server.close();
        start(Optional.of(TOKEN));
    }

    @AfterEach
    void stop() {
        server.close();
        client.close();
    }

    private HttpResponse<String> ask(String method, String path, String body) {
        try {
            return client.send(
                    HttpRequest.newBuilder(URI.create(
                                    "http://127.0.0.1:" + server.address().getPort() + path))
                            .method(method, HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private HttpResponse<String> get(String path) {
        return ask("GET", path, "");
    }

    private JsonNode json(HttpResponse<String> answer) {
        return JsonMapper.shared().readTree(answer.body());
    }

    private String detail(int status, HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
        return json(answer).path("detail").asString();
    }

    @Test
    void poolsAndWorkersShowHowTheyShareTheirPort() {
        assertThat(json(get("/pools/web")).has("spread")).isFalse();
        assertThat(json(get("/pools/web/workers/web-0")).has("sharing")).isFalse();
        operations.spread = Optional.of(new AdminOperations.Spread(OptionalDouble.of(3.5), "use proxy mode"));
        operations.sharingProblem = Optional.of("listens without SO_REUSEPORT");

        JsonNode pool = json(get("/pools/web"));

        assertThat(pool.path("spread").path("imbalance").asDouble()).isEqualTo(3.5);
        assertThat(pool.path("spread").path("advice").asString()).isEqualTo("use proxy mode");
        assertThat(pool.path("workers").path(0).path("sharing").asString()).isEqualTo("listens without SO_REUSEPORT");
        assertThat(json(get("/workers")).path("workers").path(1).path("sharing").asString())
                .isEqualTo("listens without SO_REUSEPORT");
    }

    @Test
    void healthFollowsThePolicyOfEachPool() {
        operations.pools.remove(slashed);
        assertThat(get("/health").statusCode()).isEqualTo(200);
        operations.desired = OptionalInt.of(75);
        JsonNode good = json(get("/health"));
        assertThat(good.path("status").asString()).isEqualTo("healthy");
        assertThat(good.at("/pools/0/percent").intValue()).isEqualTo(75);
        assertThat(good.at("/pools/0/failed/0").asString()).isEqualTo("web-3");
        assertThat(good.at("/pools/0/problems/0").asString()).isEqualTo("web-3: crashed 5 times");
        operations.desired = OptionalInt.of(76);
        assertThat(get("/health").statusCode()).isEqualTo(503);
        web.show();
        operations.desired = OptionalInt.of(0);
        assertThat(get("/health").statusCode()).isEqualTo(200);
        operations.desired = OptionalInt.empty();
        assertThat(get("/health").statusCode()).isEqualTo(503);
        assertThat(get("/health/live").statusCode()).isEqualTo(200);
    }

    /** A truncated percentage never claims more than there is. */
    @Test
    void onlyReadyMembersCountAndPercentIsRoundedDown() {
        operations.pools.remove(slashed);
        WorkerInfo replacement =
                FakePool.withRole(FakePool.worker("web", 4, WorkerState.READY), WorkerInfo.Role.REPLACEMENT);
        web.change(web.spec().but().replicas(3).build());
        web.show(
                FakePool.worker("web", 0, WorkerState.READY),
                FakePool.withDue(FakePool.worker("web", 1, WorkerState.READY), ReplacementReason.LIFESPAN),
                FakePool.worker("web", 2, WorkerState.RUNNING),
                replacement);
        JsonNode pool = json(get("/health")).at("/pools/0");
        assertThat(pool.path("percent").intValue()).isEqualTo(66);
        assertThat(pool.path("recycling").toString()).isEqualTo("[\"web-1\",\"web-4\"]");
    }

    @Test
    void aShutdownIsShown() {
        operations.shutdown = Optional.of("2 of 4 workers are gone");
        assertThat(json(get("/health")).path("shutdown").asString()).isEqualTo("2 of 4 workers are gone");
    }

    @Test
    void poolsAndWorkersAreShownWithoutSecrets() {
        assertThat(json(get("/pools")).at("/pools/0/name").asString()).isEqualTo("web");
        assertThat(json(get("/workers")).path("workers").size()).isEqualTo(4);
        JsonNode pool = json(get("/pools/web"));
        assertThat(pool.path("ready").intValue()).isEqualTo(3);
        assertThat(pool.at("/variables/0").asString()).isEqualTo("PASSWORD");
        JsonNode worker = json(get("/pools/web/workers/web-3"));
        assertThat(worker.path("state").asString()).isEqualTo("failed");
        assertThat(worker.path("launched_at").asString()).isEqualTo("2026-01-01T00:00:00Z");
        assertThat(worker.has("pid")).isFalse();
        for (String path : List.of("/pools", "/pools/web", "/workers", "/health", "/metrics", "/events", "/")) {
            assertThat(get(path).body()).as(path).doesNotContain("hunter2");
        }
    }

    @Test
    void aNameWithASlashIsEncoded() {
        assertThat(json(get("/pools/livepatch%2F0")).path("name").asString()).isEqualTo("livepatch/0");
    }

    @Test
    void metricsAreServed() {
        HttpResponse<String> answer = get("/metrics");
        assertThat(answer.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/plain; version=0.0.4");
        assertThat(answer.body()).contains("supervisor_replicas_desired{pool=\"web\"} 4.0");
    }

    @Test
    void anUnknownNameIsReportedWithTheExistingOnes() {
        assertThat(detail(404, get("/pools/wbe"))).isEqualTo("there is no pool 'wbe'; there are [web, livepatch/0]");
        assertThat(detail(404, get("/pools/web/workers/web-9")))
                .isEqualTo("pool 'web' has no worker 'web-9'; it has [web-0, web-1, web-2, web-3]");
        assertThat(detail(404, get("/nothing"))).contains("GET / lists the routes");
        assertThat(get("/").body()).contains("POST /pools/{pool}/restart");
    }

    @Test
    void aWrongMethodIsReportedWithTheAllowedOnes() {
        HttpResponse<String> answer = ask("DELETE", "/pools/web", "");
        assertThat(detail(405, answer)).isEqualTo("'/pools/web' allows GET, HEAD, PATCH, PUT");
        assertThat(answer.headers().firstValue("Allow")).contains("GET, HEAD, PATCH, PUT");
        assertThat(ask("HEAD", "/health", "").body()).isEmpty();
    }

    @Test
    void replicasChangeByPatchAndByScale() {
        JsonNode answer = json(ask("PATCH", "/pools/web", "{\"replicas\": 6}"));
        assertThat(answer.at("/changes/0/key").asString()).isEqualTo("replicas");
        assertThat(answer.at("/changes/0/effect").asString()).isEqualTo("scales");
        assertThat(ask("POST", "/pools/web/scale?replicas=7", "").statusCode()).isEqualTo(200);
        assertThat(ask("POST", "/pools/web/scale?replicas=8&dry-run", "").statusCode())
                .isEqualTo(200);
        assertThat(web.asked).containsExactly("change to x6", "change to x7");
        assertThat(detail(400, ask("PATCH", "/pools/web", "{\"replcias\": 6}"))).contains("{\"replicas\": <number>}");
        assertThat(detail(400, ask("PATCH", "/pools/web", "{"))).contains("not JSON");
        assertThat(detail(400, ask("POST", "/pools/web/scale?replicas=-1", ""))).contains("from 0 to 1000");
        assertThat(web.asked).hasSize(2);
    }

    @Test
    void aPoolIsChangedAndTheDifferenceShownBefore() {
        JsonNode preview = json(ask("PUT", "/pools/web?dry-run=true", "replicas: 5 other"));
        assertThat(preview.path("dry_run").booleanValue()).isTrue();
        assertThat(preview.path("changes").findValuesAsString("key")).contains("replicas", "command", "environment");
        assertThat(preview.toString()).doesNotContain("hunter2");
        assertThat(web.asked).isEmpty();
        JsonNode done = json(ask("PUT", "/pools/web", "replicas: 5 other"));
        assertThat(done.path("changes")).isEqualTo(preview.path("changes"));
        assertThat(web.asked).containsExactly("change to x5");
        assertThat(json(ask("PUT", "/pools/web", "replicas: 5 other"))
                        .path("changes")
                        .size())
                .isZero();
        assertThat(web.asked).hasSize(1);
        assertThat(detail(400, ask("PUT", "/pools/web", "nonsense"))).contains("did you mean 'replicas'?");
    }

    @Test
    void aBodyIsBounded() throws IOException {
        assertThat(detail(413, ask("PUT", "/pools/web", "x".repeat((1 << 20) + 1))))
                .contains("at most 1048576 bytes");
        assertThat(raw.status("PUT /pools/web", "Host: localhost", "Content-Length: 99999999999"))
                .isEqualTo(413);
    }

    @Test
    void poolsAndWorkersAreRestarted() {
        assertThat(ask("POST", "/pools/web/restart", "").statusCode()).isEqualTo(202);
        assertThat(ask("POST", "/pools/web/workers/web-1/restart?wait=60", "").statusCode())
                .isEqualTo(200);
        assertThat(web.asked).containsExactly("recycle all", "recycle web-1");
        web.recycled = CompletableFuture.failedFuture(new SupervisorException.RestartStalled("web-1 is not ready"));
        assertThat(detail(504, ask("POST", "/pools/web/restart?wait=60", ""))).isEqualTo("web-1 is not ready");
        web.recycled = new CompletableFuture<>();
        assertThat(detail(504, ask("POST", "/pools/web/restart?wait=1", ""))).contains("it goes on");
    }

    @Test
    void poolsArePausedAndSignalled() {
        assertThat(json(ask("POST", "/pools/web/pause", "")).path("paused").booleanValue())
                .isTrue();
        assertThat(json(ask("POST", "/pools/web/resume", "")).path("paused").booleanValue())
                .isFalse();
        assertThat(ask("POST", "/pools/web/signal?name=SIGHUP", "").statusCode())
                .isEqualTo(200);
        assertThat(web.asked).containsExactly("signal HUP");
        assertThat(detail(400, ask("POST", "/pools/web/signal?name=now!", ""))).contains("give a name such as TERM");
    }

    @Test
    void theFileIsReloaded() {
        assertThat(json(ask("POST", "/reload?dry-run", "")).at("/pools/0/kind").asString())
                .isEqualTo("added");
        assertThat(ask("POST", "/reload", "").statusCode()).isEqualTo(200);
        assertThat(operations.calls).containsExactly("reload dry", "reload");
        assertThat(get("/explain").body()).isEqualTo("the schedule\n");
    }

    @Test
    void eventsAreOrderedAndContinueFromANumber() {
        WorkerInfo worker = FakePool.worker("web", 0, WorkerState.READY);
        operations.history.onEvent("web", new PoolEvent.Changed(worker, WorkerState.STARTING));
        operations.history.onEvent("web", new PoolEvent.GaveUp(worker, "crashed 5 times"));
        JsonNode all = json(get("/events"));
        assertThat(all.at("/events/0/event").asString()).isEqualTo("changed");
        assertThat(all.at("/events/0/details/before").asString()).isEqualTo("starting");
        assertThat(all.at("/events/1/event").asString()).isEqualTo("gave-up");
        assertThat(all.at("/events/1/details/why").asString()).isEqualTo("crashed 5 times");
        assertThat(json(get("/events?since=1")).path("events").size()).isEqualTo(1);
        JsonNode none = json(get("/events?since=" + all.path("next").longValue()));
        assertThat(none.path("events").size()).isZero();
        assertThat(none.path("next")).isEqualTo(all.path("next"));
        for (int i = 0; i < 2000; i++) {
            operations.history.onEvent("web", new PoolEvent.Killed(worker));
        }
        assertThat(json(get("/events")).path("events").size()).isEqualTo(1000);
        assertThat(json(get("/events")).at("/events/999/number").longValue()).isEqualTo(2002);
    }

    @Test
    void outputIsShownAndFollowed() throws IOException {
        operations.output.add(new Line(Instant.EPOCH, Line.Stream.STDOUT, 1, "hello"));
        assertThat(get("/pools/web/workers/web-0/output").body()).isEqualTo("hello\n");
        assertThat(get("/pools/web/workers/web-0/output?format=json").body())
                .isEqualTo(
                        "{\"at\":\"1970-01-01T00:00:00Z\",\"stream\":\"stdout\",\"process\":1,\"text\":\"hello\"}\n");
        try (var socket = raw.open("GET /pools/web/workers/web-0/output?follow", "Host: localhost");
                BufferedReader reader =
                        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
            assertThat(reader.lines().anyMatch("hello"::equals)).isTrue();
            operations.output.add(new Line(Instant.EPOCH, Line.Stream.STDOUT, 1, "again"));
            assertThat(reader.lines().anyMatch("again"::equals)).isTrue();
        }
    }

    @Test
    void aPageOfAnotherSiteCannotMakeChanges() throws IOException {
        String change = "POST /pools/web/pause";
        assertThat(raw.status(change, "Host: localhost")).isEqualTo(200);
        assertThat(raw.status(change, "Host: localhost", "Origin: http://evil.example"))
                .isEqualTo(403);
        assertThat(raw.status(change, "Host: localhost", "Origin: null")).isEqualTo(403);
        assertThat(raw.status(change, "Host: localhost", "Sec-Fetch-Site: cross-site"))
                .isEqualTo(403);
        assertThat(raw.status("GET /pools/web/workers/web-0/profile", "Host: localhost", "Sec-Fetch-Site: cross-site"))
                .isEqualTo(403);
        assertThat(raw.status("GET /pools", "Host: evil.example")).isEqualTo(403);
    }

    @Test
    void changesAndDebuggingNeedAConfiguredToken() throws IOException {
        restartWithToken();
        String right = "Authorization: Bearer " + TOKEN;
        assertThat(raw.status("GET /pools", "Host: localhost")).isEqualTo(200);
        for (String guarded : List.of(
                "POST /pools/web/pause",
                "PUT /pools/web",
                "PATCH /pools/web",
                "POST /reload",
                "GET /pools/web/workers/web-0/output",
                "GET /pools/web/workers/web-0/threads",
                "GET /pools/web/workers/web-0/debug/pprof/")) {
            assertThat(raw.request(guarded, "Host: localhost"))
                    .as(guarded)
                    .startsWith("HTTP/1.1 401 ")
                    .contains("admin.token_file")
                    .containsIgnoringCase("www-authenticate: Bearer")
                    .doesNotContain(TOKEN);
        }
        for (String wrong :
                List.of("Bearer " + TOKEN + "0", "Bearer " + TOKEN.substring(1), "Bearer ", TOKEN, "Basic x")) {
            assertThat(raw.status("POST /pools/web/pause", "Host: localhost", "Authorization: " + wrong))
                    .as(wrong)
                    .isEqualTo(401);
        }
        assertThat(web.paused()).isFalse();
        assertThat(raw.status("POST /pools/web/pause", "Host: supervisor.example", "Origin: x", right))
                .isEqualTo(200);
    }

    @Test
    void otherMachinesNeedAToken() {
        assertThatThrownBy(() -> new AdminSettings("0.0.0.0", 0, Optional.empty()))
                .isInstanceOf(SupervisorException.InvalidSpec.class)
                .hasMessageContaining("set admin.token_file");
        assertThatThrownBy(() -> new AdminSettings("0.0.0.0", 0, Optional.of("short")))
                .hasMessageContaining("too short")
                .hasMessageNotContaining("'short'");
        assertThatThrownBy(() -> new AdminSettings("some.name", 0, Optional.of(TOKEN)))
                .hasMessageContaining("give an IP address");
        assertThat(new AdminSettings("0.0.0.0", 0, Optional.of(TOKEN)).toString())
                .doesNotContain(TOKEN);
    }

    @Test
    void anAddressInUseIsReported() {
        int taken = server.address().getPort();
        assertThatThrownBy(() -> AdminServer.start(new AdminSettings("127.0.0.1", taken, Optional.empty()), operations))
                .isInstanceOf(SupervisorException.Refused.class)
                .hasMessageContaining("cannot listen on 127.0.0.1:" + taken)
                .hasMessageContaining("change admin.port");
    }

    @Test
    void aWorkersOwnDebugPagesAreForwarded() throws IOException {
        restartWithToken();
        AtomicReference<String> forwarded = new AtomicReference<>();
        HttpServer worker = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        worker.createContext("/", exchange -> {
            forwarded.set(exchange.getRequestURI() + " "
                    + exchange.getRequestHeaders().keySet());
            exchange.getResponseHeaders().set("Set-Cookie", "a=b");
            exchange.sendResponseHeaders(206, 2);
            exchange.getResponseBody().write(new byte[] {'h', 'i'});
            exchange.close();
        });
        worker.start();
        try {
            web.show(FakePool.withPort(
                    FakePool.worker("web", 0, WorkerState.READY),
                    worker.getAddress().getPort()));
            String base = "GET /pools/web/workers/web-0/debug/";
            String[] headers = {"Host: localhost", "Authorization: Bearer " + TOKEN, "Cookie: c=d"};
            assertThat(raw.request(base + "pprof/heap?debug=1", headers))
                    .startsWith("HTTP/1.1 206 ")
                    .contains("hi")
                    .doesNotContainIgnoringCase("set-cookie");
            assertThat(forwarded.get())
                    .startsWith("/debug/pprof/heap?debug=1 ")
                    .doesNotContainIgnoringCase("authorization")
                    .doesNotContainIgnoringCase("cookie");
            assertThat(raw.status(base + "../admin", headers)).isEqualTo(400);
            assertThat(raw.status(base + "%2e%2e/admin", headers)).isEqualTo(400);
            assertThat(raw.status(base + "..%2Fadmin", headers)).isEqualTo(400);
        } finally {
            worker.stop(0);
        }
    }

    @Test
    void aWorkerWithoutAProcessOrPortCannotBeDebugged() {
        assertThat(detail(409, get("/pools/web/workers/web-3/threads")))
                .isEqualTo("worker 'web-3' has no process: it is failed");
        assertThat(detail(409, get("/pools/web/workers/web-3/debug/vars"))).contains("no port of worker 'web-3'");
        assertThat(detail(400, get("/pools/web/workers/web-3/profile?seconds=0")))
                .contains("from 1 to 300");
    }
}
