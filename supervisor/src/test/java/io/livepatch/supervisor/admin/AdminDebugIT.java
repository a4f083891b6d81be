package io.livepatch.supervisor.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.common.http.AdminEndpoint;
import io.livepatch.supervisor.FakePool;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.WorkerState;
import io.livepatch.supervisor.debug.BusyJvm;
import io.livepatch.testing.RawHttpClient;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Looks into a real JVM over real HTTP. */
class AdminDebugIT {

    private static final Path JCMD = Path.of(System.getProperty("java.home"), "bin", "jcmd");

    @TempDir
    private Path folder;

    private final FakeAdminOperations operations = new FakeAdminOperations();
    private final HttpClient client = HttpClient.newHttpClient();
    private BusyJvm child;
    private AdminEndpoint server;

    @BeforeEach
    void start() throws IOException {
        child = BusyJvm.start(folder);
        operations.pools.add(new FakePool(
                PoolSpec.of("web", List.of("java")).build(),
                FakePool.withPid(FakePool.worker("web", 0, WorkerState.READY), child.pid())));
        server = AdminServer.start(new AdminSettings("127.0.0.1", 0, Optional.empty()), operations);
    }

    @AfterEach
    void stop() {
        server.close();
        client.close();
        child.close();
    }

    private HttpRequest request(String method, String path) {
        URI uri = URI.create("http://127.0.0.1:" + server.address().getPort() + "/pools/web/workers/web-0" + path);
        return HttpRequest.newBuilder(uri)
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
    }

    private String get(String path) throws IOException, InterruptedException {
        HttpResponse<String> answer = client.send(request("GET", path), HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return answer.body();
    }

    @Test
    void threadsHeapAndProfileAreAnswered() throws IOException, InterruptedException {
        assertThat(get("/threads")).contains("BusyProgram.main");
        assertThat(get("/threads?format=json")).contains("quiet one");
        assertThat(get("/heap")).contains("java.lang.String");
        assertThat(get("/profile?seconds=1")).contains("BusyProgram.main");
    }

    @Test
    void aFlightRecordingIsAFile() throws IOException, InterruptedException {
        HttpResponse<Path> answer = client.send(
                request("POST", "/flight-recording?seconds=1"),
                HttpResponse.BodyHandlers.ofFile(folder.resolve("got.jfr")));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Disposition")).contains("attachment; filename=\"web-0.jfr\"");
        assertThat(RecordingFile.readAllEvents(answer.body())).isNotEmpty();
    }

    @Test
    void aRecordingEndsWhenTheClientLeaves() throws IOException {
        RawHttpClient raw = new RawHttpClient(server.address());
        try (Socket socket =
                raw.open("POST /pools/web/workers/web-0/flight-recording?seconds=300", "Host: localhost")) {
            assertThat(socket.isConnected()).isTrue();
            await("the recording runs")
                    .atMost(Duration.ofMinutes(1))
                    .until(() -> recordings().contains("supervisor-"));
        }
        await("the recording is ended")
                .atMost(Duration.ofMinutes(1))
                .until(() -> !recordings().contains("supervisor-"));
    }

    private String recordings() throws IOException {
        Process jcmd = new ProcessBuilder(JCMD.toString(), Long.toString(child.pid()), "JFR.check").start();
        return new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
}
