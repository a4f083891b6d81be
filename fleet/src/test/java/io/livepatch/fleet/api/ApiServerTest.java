package io.livepatch.fleet.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.common.config.Secret;
import io.livepatch.common.http.AdminEndpoint;
import io.livepatch.fleet.replica.Replica;
import io.livepatch.fleet.replica.ReplicaSettings;
import io.livepatch.fleet.replica.StaticMembership;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One replica alone, over real HTTP. */
final class ApiServerTest {
    private static final String TEN = "{name: ten, count: 10}";
    private static final Secret TOKEN = new Secret("the-token");
    private final HttpClient http = HttpClient.newHttpClient();
    private final SmallRuns runs = new SmallRuns(0);
    private Replica replica;
    private AdminEndpoint server;

    private void start(InetAddress address, Optional<Secret> token) {
        ReplicaSettings settings = new ReplicaSettings(
                "a-run",
                0,
                1,
                URI.create("http://127.0.0.1:1"),
                Duration.ofSeconds(1),
                Duration.ofMinutes(1),
                token,
                Duration.ofMillis(100));
        replica = new Replica(
                settings,
                new StaticMembership(settings, List.of(settings.address())),
                runs,
                new SmallText(),
                InstantSource.system());
        server = ApiServer.start(new ApiSettings(new InetSocketAddress(address, 0), token, "1.2.3"), replica);
        replica.start(List.of());
        await().until(() -> !replica.localStatus().held());
    }

    private void start() {
        start(InetAddress.getLoopbackAddress(), Optional.empty());
    }

    @AfterEach
    void stop() {
        replica.close();
        server.close();
        http.close();
    }

    private HttpResponse<String> send(String method, String path, String body, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + server.address().getPort() + path))
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        HttpResponse<String> response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        assertThat(response.body() + response.headers()).doesNotContain(TOKEN.reveal());
        return response;
    }

    private JsonNode json(String path) throws IOException, InterruptedException {
        return JsonMapper.shared().readTree(send("GET", path, "").body());
    }

    @Test
    void aConfiguredTokenIsRequiredForChanges() throws Exception {
        start(InetAddress.getLoopbackAddress(), Optional.of(TOKEN));
        HttpResponse<String> refused = send("PUT", "/flocks", TEN);
        assertThat(refused.statusCode()).isEqualTo(401);
        assertThat(refused.headers().firstValue("WWW-Authenticate")).hasValue("Bearer");
        assertThat(refused.body()).contains("api.token-file");
        assertThat(send("PUT", "/flocks", TEN, "Authorization", "Bearer the-tokex")
                        .statusCode())
                .isEqualTo(401);
        assertThat(send("POST", "/replica", "{}").statusCode()).isEqualTo(401);
        assertThat(send("PUT", "/flocks", TEN, "Authorization", "Bearer the-token")
                        .statusCode())
                .isEqualTo(201);
        for (String path : List.of("/flocks/ten", "/flocks/ten/refresh", "/events")) {
            String method = path.equals("/flocks/ten") ? "DELETE" : "POST";
            assertThat(send(method, path, "{\"text\":\"x\"}").statusCode())
                    .as(path)
                    .isEqualTo(401);
        }
        assertThat(send("GET", "/flocks", "").body()).isEqualTo("[\"ten\"]");
    }

    @Test
    void withoutATokenOtherMachinesChangeNothing() throws Exception {
        start(InetAddress.getByAddress(new byte[4]), Optional.empty());
        HttpResponse<String> refused = send("PUT", "/flocks", TEN);
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(refused.body()).contains("set api.token-file, or api.listen to 127.0.0.1");
        assertThat(send("GET", "/flocks", "").body()).isEqualTo("[]");
    }

    @Test
    void aWebPageChangesNothingWithoutAToken() throws Exception {
        start();
        assertThat(send("PUT", "/flocks", TEN, "Origin", "http://elsewhere.example")
                        .statusCode())
                .isEqualTo(403);
        assertThat(send("PUT", "/flocks", TEN, "Sec-Fetch-Site", "cross-site").statusCode())
                .isEqualTo(403);
        assertThat(send("PUT", "/flocks", TEN).statusCode()).isEqualTo(201);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET | /flocks/tne | no flock 'tne'; did you mean 'ten'?",
                "DELETE | /flocks/herd-of-all | no flock 'herd-of-all'; existing flocks: ten",
                "POST | /flocks/tne/refresh | did you mean 'ten'?",
                "GET | /flocks/tne/summary | did you mean 'ten'?",
                "GET | /flocks/tne/monkeys | did you mean 'ten'?",
                "GET | /flocks/ten/monkeys/ten-77 | flock 'ten' has no monkey 'ten-77'",
                "GET | /flocks/ten/monkeys/nine-05 | flock 'ten' has no monkey 'nine-05'",
                "GET | /flocks/ten/monkeys/x/log | flock 'ten' has no monkey 'x'",
                "GET | /folcks | there is nothing at '/folcks'; GET / lists the routes"
            })
    void unknownNamesAreReportedWithASuggestion(String method, String path, String detail) throws Exception {
        start();
        send("PUT", "/flocks", TEN);
        HttpResponse<String> response = send(method, path, "");
        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(JsonMapper.shared().readTree(response.body()).path("detail").asString())
                .contains(detail);
    }

    @Test
    void allProblemsOfAFlockAreReported() throws Exception {
        start();
        HttpResponse<String> response = send("PUT", "/flocks", "{count: 0}");
        assertThat(response.statusCode()).isEqualTo(422);
        assertThat(JsonMapper.shared().readTree(response.body()).path("errors").toString())
                .isEqualTo("[\"name: is missing\",\"count: is not 1 or more\"]");
        assertThat(send("PUT", "/flocks", "x".repeat(2 << 20)).statusCode()).isEqualTo(413);
        assertThat(send("PATCH", "/flocks", "").statusCode()).isEqualTo(405);
        assertThat(send("GET", "/flocks?from", "").statusCode()).isEqualTo(200);
    }

    @Test
    void aFlockThatCannotRunIsReported() throws Exception {
        start();
        send("PUT", "/flocks", "{name: impossible, count: 1}");
        assertThat(json("/flocks/impossible").path("problems").toString()).isEqualTo("[\"this flock cannot be run\"]");
    }

    @Test
    void aFlockOfTheSameNameReplacesTheOther() throws Exception {
        start();
        send("PUT", "/flocks", TEN);
        await().until(() -> json("/flocks/ten/summary").path("success_count").asLong() > 0);
        send("PUT", "/flocks", "{name: ten, count: 3}");
        assertThat(json("/flocks/ten/summary").path("monkey_count").asInt()).isEqualTo(3);
        assertThat(json("/flocks/ten/monkeys").size()).isEqualTo(3);
        await().until(() -> runs.open() == 1);
        assertThat(json("/figures").path("figures").size()).isEqualTo(1);
        await().until(() -> json("/flocks/ten/summary").path("machines").asInt() == 3);
    }

    @Test
    void summariesUseMobusFieldNames() throws Exception {
        start();
        send("PUT", "/flocks", TEN);
        await().until(() -> json("/summary").at("/flocks/0/success_count").asLong() > 0);
        JsonNode summary = json("/flocks/ten/summary");
        assertThat(summary.path("name").asString()).isEqualTo("ten");
        assertThat(summary.path("business").asString()).isEqualTo("empty-loop");
        assertThat(summary.path("monkey_count").asInt()).isEqualTo(10);
        assertThat(summary.path("failure_count").asInt()).isZero();
        assertThat(summary.has("start_time")).isTrue();
        assertThat(summary.at("/response_millis/p99").asDouble()).isPositive();
        assertThat(summary.path("state").asString()).isEqualTo("RUNNING");
        assertThat(json("/replicas").at("/0/present").asBoolean()).isTrue();
    }

    @Test
    void eventsAreMarkedAtTheirMoment() throws Exception {
        start();
        assertThat(send("POST", "/events", "{\"text\":\"a reload\",\"at\":\"2026-01-02T03:04:05Z\"}")
                        .statusCode())
                .isEqualTo(201);
        assertThat(send("POST", "/events", "{\"text\":\"now\"}").statusCode()).isEqualTo(201);
        JsonNode events = json("/figures").path("events");
        assertThat(events.at("/0/at").asString()).isEqualTo("2026-01-02T03:04:05Z");
        assertThat(events.at("/1/text").asString()).isEqualTo("now");
        for (String wrong : List.of("{", "{}", "{\"text\":\"\"}", "{\"text\":\"x\",\"at\":\"noon\"}")) {
            assertThat(send("POST", "/events", wrong).statusCode()).as(wrong).isEqualTo(400);
        }
    }

    @Test
    void metricsAreOfThisReplica() throws Exception {
        start();
        send("PUT", "/flocks", TEN);
        await("it has begun")
                .until(() -> send("GET", "/metrics", "").body().contains("fleet_machines{flock=\"ten\"} 10.0"));
        String metrics = send("GET", "/metrics", "").body();
        assertThat(metrics)
                .contains("fleet_turns_offered_total{flock=\"ten\"}")
                .contains("fleet_turns_done_total{flock=\"ten\"}")
                .contains("fleet_refused_total{flock=\"ten\",status=\"429\",step=\"check-in\"} 1.0")
                .contains("fleet_turn_response_seconds{flock=\"ten\",quantile=\"0.99\"}")
                .contains("fleet_machines{flock=\"ten\"} 10.0")
                .contains("fleet_replicas 1.0")
                .contains("fleet_replicas_present 1.0")
                .contains("fleet_held 0.0")
                .contains("jvm_memory_used_bytes");
    }

    @Test
    void theIndexAndHealthNeedNoToken() throws Exception {
        start();
        assertThat(json("/").path("name").asString()).isEqualTo("fleet");
        assertThat(json("/").path("version").asString()).isEqualTo("1.2.3");
        assertThat(json("/").path("routes").toString()).contains("PUT /flocks");
        assertThat(json("/health").path("status").asString()).isEqualTo("up");
        assertThat(send("HEAD", "/health", "").statusCode()).isEqualTo(200);
        assertThat(send("POST", "/replica", "{\"run\":1}").statusCode()).isEqualTo(400);
    }

    @Test
    void onlyChangesAreSentToAPeerAgain() throws Exception {
        start();
        replica.startFlock("{name: brief, count: 2, seconds: 2}");
        replica.awaitAllEnded();
        JsonNode all = json("/replica");
        assertThat(all.at("/telling/shares/0/figures/slots").size()).isGreaterThan(1);
        String teller = all.path("incarnation").asString();
        String more = "/replica?of=%s&since=" + all.at("/telling/upTo").asLong();

        assertThat(json(more.formatted(teller))
                        .at("/telling/shares/0/figures/slots")
                        .size())
                .isZero();
        assertThat(json(more.formatted("another")).at("/telling/shares/0/figures/slots"))
                .as("to one who knew another process")
                .isEqualTo(all.at("/telling/shares/0/figures/slots"));
        assertThat(send("GET", "/replica?since=x", "").statusCode()).isEqualTo(400);
    }

    @Test
    void aRunOfOneEnds() throws Exception {
        start();
        replica.startFlock("{name: brief, count: 2, seconds: 1}");
        replica.awaitAllEnded();
        assertThat(replica.cachedView().flock("brief").orElseThrow().stats().done())
                .isPositive();
        assertThat(json("/flocks/brief").path("state").asString()).isEqualTo("ENDED");
    }
}
