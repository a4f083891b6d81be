package io.livepatch.fleet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.testing.ChildJvm;
import io.livepatch.testing.FreePorts;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The program itself, four times, as an operator runs it. */
class FourReplicasIT {
    private static final Duration SOON = Duration.ofMinutes(1);
    private static final String API_TOKEN = "token-that-changes-8d2f";
    private static final String AUTH_TOKEN = "token-that-enrols-b01c";

    /** The second batch would begin in an hour. */
    private static final String TEN =
            "{name: ten, count: 12, start_batch_size: 10, start_batch_wait: 1h, business: empty-loop, options: {idle_time: 100ms}}";

    @TempDir
    Path folder;

    private final HttpClient http = HttpClient.newHttpClient();
    private final List<ChildJvm> replicas = new ArrayList<>();
    private List<Integer> ports = List.of();

    @BeforeEach
    void start() throws IOException {
        ports = FreePorts.some(4);
        Files.writeString(folder.resolve("api-token"), API_TOKEN);
        Files.writeString(folder.resolve("auth-token"), AUTH_TOKEN);
        for (int index = 0; index < 4; index++) {
            replicas.add(replica(index));
        }
    }

    @AfterEach
    void stop() {
        replicas.forEach(ChildJvm::close);
        http.close();
    }

    private ChildJvm replica(int index) throws IOException {
        Path file = folder.resolve("replica-" + index + ".yaml");
        String peers = ports.stream().map("http://127.0.0.1:%d"::formatted).collect(Collectors.joining(", "));
        Files.writeString(file, """
                server: {url: 'http://127.0.0.1:1', allow-http: true, auth-token-file: %1$s/auth-token}
                replicas: {index: %2$d, peers: [%3$s], lost-after: 3s}
                api: {listen: '127.0.0.1:%4$d', token-file: %1$s/api-token}
                flocks: [%5$s]
                """.formatted(folder, index, peers, ports.get(index), TEN));
        return ChildJvm.start(
                Main.class,
                List.of(),
                List.of("-Dlogback.configurationFile=fleet-logback.xml", "-Xmx128m"),
                "serve",
                "-c",
                file);
    }

    @Test
    void fourReplicasShareBatchesTakeOverAndAnswerForAll() {
        await().atMost(SOON).ignoreExceptions().until(() -> machines(2) == 10);

        replicas.get(3).kill();

        await("the others have its share")
                .atMost(SOON)
                .ignoreExceptions()
                .until(() -> machines(0) == 10 && missing(0).equals("[3]"));
        long before = turns(1);
        await("all of them work").atMost(SOON).until(() -> turns(1) > before + 100);
        String put = "{name: second, count: 7, business: empty-loop, options: {idle_time: 100ms}}";
        assertThat(send("PUT", 1, "/flocks", put, "").statusCode()).isEqualTo(401);
        assertThat(send("PUT", 1, "/flocks", put, API_TOKEN).statusCode()).isEqualTo(201);
        for (int index = 0; index < 3; index++) {
            int asked = index;
            await("replica " + index + " answers for all")
                    .atMost(SOON)
                    .until(() -> get(asked, "/flocks/second/summary")
                                    .path("machines")
                                    .asInt()
                            == 7);
        }
        assertThat(send("DELETE", 2, "/flocks/second", "", API_TOKEN).statusCode())
                .isEqualTo(204);
        await().atMost(SOON).until(() -> get(0, "/flocks").toString().equals("[\"ten\"]"));
    }

    private int machines(int index) {
        return get(index, "/flocks/ten/summary").path("machines").asInt();
    }

    private String missing(int index) {
        return get(index, "/figures").path("missing_replicas").toString();
    }

    private long turns(int index) {
        return get(index, "/flocks/ten/summary").path("success_count").asLong();
    }

    private JsonNode get(int index, String path) {
        return JsonMapper.shared().readTree(send("GET", index, path, "", "").body());
    }

    private HttpResponse<String> send(String method, int index, String path, String body, String token) {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:%d%s".formatted(ports.get(index), path)))
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        if (!token.isEmpty()) {
            request.header("Authorization", "Bearer " + token);
        }
        try {
            HttpResponse<String> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
            assertThat(answer.body()).doesNotContain(API_TOKEN, AUTH_TOKEN);
            return answer;
        } catch (IOException e) {
            throw new IllegalStateException("replica " + index + " does not answer " + path, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
