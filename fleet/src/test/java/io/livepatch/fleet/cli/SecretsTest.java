package io.livepatch.fleet.cli;

import static io.livepatch.fleet.ScriptedServer.answer;
import static io.livepatch.fleet.ScriptedServer.json;
import static io.livepatch.fleet.ScriptedServer.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.read.ListAppender;
import io.livepatch.fleet.Samples;
import io.livepatch.fleet.ScriptedServer;
import io.livepatch.fleet.ScriptedServer.Request;
import io.livepatch.fleet.config.FleetConfig;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/** Auth tokens, machine tokens and the API's token are never printed, logged or reported. */
final class SecretsTest {
    private static final String MACHINE = "machine-token-5e1f-of-";
    private static final String[] SECRETS = {MACHINE, "auth-token-77ab", "api-token-02cd"};
    private static final byte[] PATCH = Samples.bytes(10_000);

    @TempDir
    Path folder;

    private final Logger ours = (Logger) LoggerFactory.getLogger("io.livepatch");
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final AtomicInteger asked = new AtomicInteger();
    private ScriptedServer server;

    @BeforeEach
    void start() throws IOException {
        server = ScriptedServer.http();
        server.reply((request, out) -> reply(request).write(request, out));
        ours.setLevel(Level.TRACE);
        lines.start();
        ours.addAppender(lines);
    }

    @AfterEach
    void stop() throws IOException {
        ours.detachAppender(lines);
        ours.setLevel(null);
        server.close();
    }

    /** Every other check-in fails, so that failures are reported and logged. */
    private ScriptedServer.Reply reply(Request request) {
        String[] path = request.target().split("[/?]", -1);
        if (request.target().startsWith("/v1/patches/")) {
            return answer(200, PATCH);
        }
        return switch (path.length > 4 ? path[4] : "") {
            case "" -> json("{\"machine-token\":\"%s\",\"tier\":\"stable\"}".formatted(MACHINE + path[3]));
            case "updates" ->
                asked.getAndIncrement() % 2 == 0
                        ? problem(500, "broken")
                        : json(Samples.applyJson(PATCH, server.uri("/v1/patches/" + Samples.NAME)));
            default -> answer(204, "");
        };
    }

    private FleetConfig config() throws IOException {
        Files.writeString(folder.resolve("auth-token"), SECRETS[1]);
        Files.writeString(folder.resolve("api-token"), SECRETS[2]);
        return FleetConfig.read("""
                server: {url: '%1$s', allow-http: true, auth-token-file: %2$s/auth-token}
                api: {listen: '127.0.0.1:0', token-file: %2$s/api-token}
                flocks:
                  - {name: office, count: 4, business: check-in, options: {idle_time: 20ms, error_idle_time: 20ms}}
                  - {name: fetchers, count: 4, business: fetch, options: {idle_time: 20ms, error_idle_time: 20ms}}
                """.formatted(server.uri(""), folder), Map.of());
    }

    private static HttpResponse<String> get(HttpClient http, URI api, String path)
            throws IOException, InterruptedException {
        return http.send(HttpRequest.newBuilder(api.resolve(path)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private List<String> replies(URI api) throws IOException, InterruptedException {
        List<String> replies = new ArrayList<>();
        try (HttpClient http = HttpClient.newHttpClient()) {
            for (String route : JsonMapper.shared()
                    .readTree(get(http, api, "/").body())
                    .path("routes")
                    .valueStream()
                    .map(it -> it.asString())
                    .toList()) {
                for (String flock : route.startsWith("GET ") ? List.of("office", "fetchers") : List.<String>of()) {
                    String path = route.substring(4)
                            .replace("{flock}", flock)
                            .replace("{monkey}", "1")
                            .replace("{number}", "1");
                    HttpResponse<String> reply = get(http, api, path);
                    assertThat(reply.statusCode()).as(path).isEqualTo(200);
                    replies.add(path + ": " + reply.headers() + reply.body());
                }
            }
        }
        return replies;
    }

    private Stream<String> log() {
        return List.copyOf(lines.list).stream()
                .map(line -> line.getFormattedMessage()
                        + (line.getThrowableProxy() == null
                                ? ""
                                : ThrowableProxyUtil.asString(line.getThrowableProxy())));
    }

    @Test
    void repliesReportsAndLogsContainNoToken() throws Exception {
        FleetConfig.Report places = new FleetConfig.Report(
                Optional.of(folder.resolve("report.json")),
                Optional.of(folder.resolve("report.xml")),
                Optional.of(folder.resolve("report.html")));
        List<String> told;
        try (ReplicaRuntime replicaRuntime = ReplicaRuntime.start(config(), true, InstantSource.system())) {
            await("machines use what they got")
                    .atMost(Duration.ofMinutes(1))
                    .until(() -> Stream.of("office", "fetchers")
                            .allMatch(flock -> server.requests().stream()
                                            .filter(request -> request.target().contains("/" + flock + "-"))
                                            .filter(request -> request.header("Authorization")
                                                    .filter(it -> it.startsWith("Bearer " + MACHINE))
                                                    .isPresent())
                                            .count()
                                    > 20));
            told = replies(replicaRuntime.address().orElseThrow());
            ReportOptions.write(
                    places,
                    ReplicaRuntime.report(replicaRuntime.replica().currentView(), "secrets", Instant.now(), List.of()));
        }

        assertThat(told)
                .hasSizeGreaterThan(25)
                .allSatisfy(reply -> assertThat(reply).doesNotContain(SECRETS));
        assertThat(told).as("failures are told of").anyMatch(reply -> reply.contains("broken"));
        for (String report : List.of("report.json", "report.xml", "report.html")) {
            assertThat(folder.resolve(report)).content().contains("office").doesNotContain(SECRETS);
        }
        assertThat(log()).isNotEmpty().allSatisfy(line -> assertThat(line).doesNotContain(SECRETS));
    }
}
