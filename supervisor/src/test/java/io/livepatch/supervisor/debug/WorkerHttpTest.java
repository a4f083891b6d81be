package io.livepatch.supervisor.debug;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpServer;
import io.livepatch.supervisor.debug.Debugging.Report;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WorkerHttpTest {

    private static final Duration LONG = Duration.ofMinutes(1);

    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final Debugging debugging = new Debugging(LONG, LONG, 1000);
    private Headers received;
    private HttpServer worker;

    @BeforeEach
    void start() throws IOException {
        worker = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        worker.createContext("/", exchange -> {
            requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
            received = exchange.getRequestHeaders();
            boolean moved = exchange.getRequestURI().getPath().equals("/debug/moved");
            boolean huge = exchange.getRequestURI().getPath().equals("/debug/huge");
            exchange.getResponseHeaders().add("Content-Type", "text/x-goroutines");
            exchange.getResponseHeaders().add("Location", "/debug/other");
            byte[] body = "x".repeat(huge ? 1001 : 1000).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(moved ? 302 : 418, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        worker.start();
    }

    @AfterEach
    void stop() {
        worker.stop(0);
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + worker.getAddress().getPort() + path);
    }

    @Test
    void pathQueryStatusAndTypeAreKeptAndNoOtherHeaderIsSent() throws IOException {
        try (Report report = debugging.get(uri("/debug/pprof/heap?debug=1&x=%2F"), () -> false)) {
            assertThat(report.status()).isEqualTo(418);
            assertThat(report.mediaType()).isEqualTo("text/x-goroutines");
            assertThat(Files.readString(report.file())).hasSize(1000);
        }
        assertThat(requests).containsExactly("GET /debug/pprof/heap?debug=1&x=%2F");
        assertThat(received).doesNotContainKeys("Authorization", "Cookie");
    }

    @Test
    void redirectsAreNotFollowed() {
        debugging.get(uri("/debug/moved"), () -> false).close();
        assertThat(requests).containsExactly("GET /debug/moved");
    }

    @Test
    void aLargerResponseIsRefused() {
        assertThatThrownBy(() -> debugging.get(uri("/debug/huge"), () -> false))
                .isInstanceOf(DebugException.Failed.class)
                .hasMessageContaining("at most 1000 bytes");
    }

    @Test
    void aWorkerWithoutAnAnswerIsStuck() throws IOException {
        Debugging impatient = new Debugging(LONG, Duration.ofMillis(300), 1000);
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            URI uri = URI.create("http://127.0.0.1:" + silent.getLocalPort() + "/debug/x");
            assertThatThrownBy(() -> impatient.get(uri, () -> false)).isInstanceOf(DebugException.Stuck.class);
            assertThatThrownBy(() -> debugging.get(uri, () -> true)).isInstanceOf(DebugException.Abandoned.class);
        }
    }

    @Test
    void aRefusedConnectionIsReported() {
        worker.stop(0);
        assertThatThrownBy(() -> debugging.get(uri("/debug/x"), () -> false))
                .isInstanceOf(DebugException.Failed.class)
                .hasMessageContaining("ConnectException");
    }
}
