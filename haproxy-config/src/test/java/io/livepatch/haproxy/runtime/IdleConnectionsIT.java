package io.livepatch.haproxy.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.haproxy.model.Bind;
import io.livepatch.haproxy.model.Examples;
import io.livepatch.haproxy.model.Frontend;
import io.livepatch.haproxy.model.LoadBalancer;
import io.livepatch.haproxy.model.Paths;
import io.livepatch.haproxy.model.Server;
import io.livepatch.testing.FreePorts;
import io.livepatch.testing.TestCertificate;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that closes its idle connections just when haproxy uses them again loses no request that may be done twice. */
class IdleConnectionsIT {
    private static final int IDLE_MILLIS = 40;
    private static final int REQUESTS = 150;

    @TempDir
    Path directory;

    @Test
    void noRequestIsLostAroundTheIdleTimeOutOfAServer() throws Exception {
        int port = FreePorts.one();
        try (HastyServer server = HastyServer.start();
                RunningHaproxy running = RunningHaproxy.start(
                        directory,
                        TestCertificate.of(directory, "DNS:localhost,IP:127.0.0.1"),
                        balancer(port, server.asServer()))) {
            await("the server is checked")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> running.haproxy
                            .runtime()
                            .servers()
                            .getFirst()
                            .lastCheck()
                            .startsWith("L7OK"));
            List<String> failures = askAroundTheTimeOut(port, new Random(1));
            assertThat(failures).isEmpty();
            assertThat(server.closedIdle.get()).as("connections closed idle").isPositive();
            assertThat(reused(running)).as("connections used again").isPositive();
        }
    }

    /**
     * Requests on separate connections, as of machines, with pauses around the server's idle time-out. One after the other: then
     * there is one idle connection, and the second attempt opens another. If several idle connections end at the same time, the second
     * attempt may use another one of them; therefore a unit keeps idle connections far longer than haproxy does.
     */
    private static List<String> askAroundTheTimeOut(int port, Random random) throws Exception {
        List<String> failures = new ArrayList<>();
        for (int i = 0; i < REQUESTS; i++) {
            String answer = Clients.rawPlain(
                    port, "POST /v1/client/m HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
            if (!answer.startsWith("HTTP/1.1 200")) {
                failures.add(answer);
            }
            Thread.sleep(IDLE_MILLIS - 2 + random.nextInt(5));
        }
        return failures;
    }

    private LoadBalancer balancer(int port, Server server) {
        return LoadBalancer.of(
                "haproxy/0",
                new Paths(directory),
                new Frontend("in", List.of(Bind.plain("127.0.0.1", port)), Examples.routes()),
                Examples.units(server));
    }

    private static long reused(RunningHaproxy running) {
        return Statistics.serverRows(running.haproxy.runtime().send("show stat")).stream()
                .mapToLong(row -> Long.parseLong(row.get("reuse")))
                .sum();
    }

    /** Answers 200 to all requests, and closes connections after a short idle time. */
    private static final class HastyServer implements AutoCloseable {
        private static final byte[] ANSWER =
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".getBytes(StandardCharsets.US_ASCII);

        final AtomicInteger closedIdle = new AtomicInteger();
        private final ServerSocket listening;
        private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

        private HastyServer(ServerSocket listening) {
            this.listening = listening;
        }

        static HastyServer start() throws IOException {
            HastyServer server = new HastyServer(new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1")));
            var _ = server.threads.submit(server::acceptAll);
            return server;
        }

        Server asServer() {
            return Server.of("livepatch/0", "127.0.0.1", listening.getLocalPort());
        }

        private void acceptAll() {
            while (!listening.isClosed()) {
                try {
                    Socket socket = listening.accept();
                    var _ = threads.submit(() -> serve(socket));
                } catch (IOException e) {
                    return;
                }
            }
        }

        private void serve(Socket socket) {
            try (socket) {
                socket.setSoTimeout(IDLE_MILLIS);
                while (readRequest(socket.getInputStream())) {
                    socket.getOutputStream().write(ANSWER);
                }
            } catch (SocketTimeoutException e) {
                closedIdle.incrementAndGet();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** A head, and the two bytes of the body that a POST of this test has. */
        private static boolean readRequest(InputStream in) throws IOException {
            StringBuilder head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                int next = in.read();
                if (next < 0) {
                    return false;
                }
                head.append((char) next);
            }
            in.readNBytes(head.indexOf("POST") == 0 ? 2 : 0);
            return true;
        }

        @Override
        public void close() throws IOException {
            listening.close();
            threads.shutdownNow();
        }
    }
}
