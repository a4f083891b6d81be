package io.livepatch.charm.livepatch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;
import org.junit.jupiter.api.Test;

class ServerHealthTest {
    private static final byte[] STATUS = """
            {"state": "degraded", "possible": ["downloads"],
             "lost": {"check-ins": {"since": "2026-11-30T07:12:03Z", "reason": "database: refused", "needs-operator": false}},
             "database": {"status": "refused", "since": "2026-11-30T07:12:03Z"}}""".getBytes(UTF_8);

    @Test
    void processesThatDoNotAnswerAreLeftOut() throws IOException {
        HttpServer good = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        good.createContext("/debug/status", exchange -> {
            exchange.sendResponseHeaders(200, STATUS.length);
            exchange.getResponseBody().write(STATUS);
            exchange.close();
        });
        good.start();
        try (ServerSocket hanging = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            InetSocketAddress gone;
            try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                gone = address(closed.getLocalPort());
            }
            List<ServerHealth> answers = ServerHealth.query(List.of(
                    gone,
                    address(hanging.getLocalPort()),
                    address(good.getAddress().getPort())));

            assertThat(answers).singleElement().satisfies(health -> {
                assertThat(health.serves()).isTrue();
                assertThat(health.status())
                        .hasToString("waiting: check-ins are refused since 2026-11-30T07:12:03Z: database: refused;"
                                + " downloads go on");
            });
        } finally {
            good.stop(0);
        }
    }

    private static InetSocketAddress address(int port) {
        return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port);
    }

    @Test
    void aResponseThatIsNoStatusIsNoAnswer() {
        assertThat(ServerHealth.parse("{\"status\":\"ready\"}")).isEmpty();
        assertThat(ServerHealth.parse("<html>")).isEmpty();
        assertThat(ServerHealth.parse("[]")).isEmpty();
        assertThat(ServerHealth.parse("{\"state\":\"ready\",\"lost\":7,\"possible\":{}}"))
                .hasValueSatisfying(health -> assertThat(health.healthy()).isTrue());
    }
}
