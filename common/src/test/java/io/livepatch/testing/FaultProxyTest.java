package io.livepatch.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A proxy for faults that did not do what it says would prove nothing. Spoken to in raw HTTP, since clients repair faults. */
final class FaultProxyTest {
    private static final String BODY = "0123456789".repeat(10);

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private HttpServer server;
    private FaultProxy proxy;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
        server.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(200, BODY.length());
            exchange.getResponseBody().write(BODY.getBytes(UTF_8));
            exchange.close();
        });
        server.setExecutor(threads);
        server.start();
        proxy = FaultProxy.start(server.getAddress().getPort());
    }

    @AfterEach
    void stop() {
        proxy.close();
        server.stop(0);
        threads.shutdownNow();
    }

    private Socket connect() throws IOException {
        return new Socket(InetAddress.ofLiteral("127.0.0.1"), proxy.port());
    }

    /** Sends a request, and answers all that comes until the connection ends. */
    private String ask(String head, String body) throws IOException {
        try (Socket socket = connect()) {
            return ask(socket, head + "Connection: close\r\n", body);
        }
    }

    private static String ask(Socket socket, String head, String body) throws IOException {
        OutputStream request = socket.getOutputStream();
        request.write((head + "Host: test\r\nContent-Length: " + body.length() + "\r\n\r\n" + body).getBytes(UTF_8));
        return new String(socket.getInputStream().readAllBytes(), UTF_8);
    }

    private String get() throws IOException {
        return ask("GET /object?a=b HTTP/1.1\r\n", "");
    }

    private static String body(String answer) {
        return answer.substring(answer.indexOf("\r\n\r\n") + 4);
    }

    @Test
    void passedBytesAreCompleteAndCounted() throws IOException {
        assertThat(body(get())).isEqualTo(BODY);
        assertThat(body(ask("PUT /object HTTP/1.1\r\n", "bytes"))).isEqualTo(BODY);

        assertThat(proxy.connections()).isEqualTo(2);
        assertThat(proxy.requests()).containsExactly("GET /object?a=b", "PUT /object");
        assertThat(proxy.requests("GET")).isEqualTo(1);
        proxy.forget();
        assertThat(proxy.connections()).isZero();
        assertThat(proxy.requests()).isEmpty();
    }

    @Test
    void refusedConnectionsAreRefusedUntilTheyPassAgainOnTheSamePort() throws IOException {
        try (Socket before = connect()) {
            proxy.refuse();

            assertThatThrownBy(() -> ask(before, "GET / HTTP/1.1\r\n", "")).isInstanceOf(IOException.class);
        }
        assertThatThrownBy(this::get).isInstanceOf(ConnectException.class);
        proxy.pass();
        assertThat(body(get())).isEqualTo(BODY);
    }

    @Test
    void hangingConnectionsAnswerWhenTheHangEnds() throws Exception {
        proxy.hang();
        CompletableFuture<String> answer = CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return get();
                    } catch (IOException e) {
                        throw new IllegalStateException(e);
                    }
                },
                threads);
        await().until(() -> proxy.connections() == 1);
        assertThat(proxy.requests()).isEmpty();
        assertThat(answer).isNotDone();

        proxy.pass();

        assertThat(body(answer.get())).isEqualTo(BODY);
    }

    @Test
    void everyAnswerIsCutAtAPositionOfItsBody() throws IOException {
        proxy.cutAnswersAfter(33);

        assertThat(body(get())).isEqualTo(BODY.substring(0, 33));
        assertThat(body(get())).isEqualTo(BODY.substring(0, 33));
    }

    @Test
    void positionsRestartWithEachAnswerOfAConnection() throws IOException {
        proxy.corruptAt(5);
        try (Socket socket = connect()) {
            InputStream answers = socket.getInputStream();
            for (int round = 0; round < 2; round++) {
                socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: test\r\n\r\n".getBytes(UTF_8));
                String answer = "";
                while (!answer.contains("\r\n\r\n") || body(answer).length() < BODY.length()) {
                    answer += (char) answers.read();
                }
                assertThat(body(answer)).startsWith("01234" + (char) ('5' ^ 0x55) + "6789");
            }
        }
    }

    @Test
    void requestsAreCutInTheMiddle() throws IOException {
        proxy.cutRequestsAfter(1000);

        assertThat(body(get())).isEqualTo(BODY);
        assertThat(ask("PUT / HTTP/1.1\r\n", "x".repeat(1000))).isEmpty();
    }

    @Test
    void oneAnswerIsLostAndItsRequestIsNot() throws IOException {
        proxy.loseAnswer(request -> request.startsWith("PUT "));

        assertThat(body(get())).isEqualTo(BODY);
        assertThat(ask("PUT /object HTTP/1.1\r\n", "bytes")).isEmpty();
        assertThat(proxy.requests("PUT")).isEqualTo(1);
        assertThat(body(ask("PUT /object HTTP/1.1\r\n", "bytes"))).isEqualTo(BODY);
    }

    @Test
    void slowAnswersAreWhole() throws IOException {
        proxy.slow(2_000);

        assertThat(body(get())).isEqualTo(BODY);
    }

    @Test
    void byteIsChanged() throws IOException {
        proxy.corruptAt(99);

        assertThat(body(get())).isEqualTo(BODY.substring(0, 99) + (char) ('9' ^ 0x55));
    }
}
