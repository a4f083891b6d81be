package io.livepatch.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.testing.JavaCommand;
import io.livepatch.testing.Requires;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several processes of one unit: a common store and port, and a separate address for the probes of each. */
final class WorkersIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    /** {@code scripts/soak} has more. */
    private static final int RESTARTS = Integer.getInteger("workers.restarts", 1);

    private static final String INFO = RawClient.request("GET /debug/info", "", "");

    @TempDir
    Path work;

    private TestDatabase database;
    private Map<String, String> unit;
    private int port;

    @BeforeEach
    void describe() {
        database = TestDatabase.fresh();
        unit = ServerProcess.environment(database.dsn(), work.resolve("store"));
        String address = unit.get("LP_SERVER_SERVER_ADDRESS");
        port = Integer.parseInt(address.substring(address.indexOf(':') + 1));
    }

    @AfterEach
    void closeDatabase() {
        database.close();
    }

    @Test
    void workersShareStoreAndPortAndEachAnswersItsOwnProbes() {
        try (ServerProcess one = ServerProcess.ready(ServerProcess.worker(unit, "1"));
                ServerProcess two = ServerProcess.ready(ServerProcess.worker(unit, "2"))) {
            Set<String> seen = new HashSet<>();
            await("connections reach both").atMost(PATIENCE).until(() -> {
                seen.add(whoAnswers());
                return seen.equals(Set.of("1", "2"));
            });

            for (int i = 0; i < 20; i++) {
                assertThat(worker(one.probes())).isEqualTo("1");
                assertThat(worker(two.probes())).isEqualTo("2");
            }
        }
    }

    @Test
    void theWorkersAddressAnswersProbesAndNothingElse() {
        try (ServerProcess server = ServerProcess.ready(ServerProcess.worker(unit, "1"))) {
            for (String probe : Set.of("live", "ready")) {
                assertThat(server.probes().get("/health/" + probe, "").status()).isEqualTo(200);
            }
            for (String probe : Set.of("/metrics", "/debug/info", "/debug/status", "/openapi.yaml")) {
                assertThat(server.probes().get(probe, "").status()).as(probe).isEqualTo(200);
                assertThat(server.api().get(probe, "").status()).as(probe).isEqualTo(200);
            }
            for (String other : Set.of("/v1/admin/tiers", "/v1/patches/x", "/v1/client/a/info", "/", "/nothing")) {
                assertThat(server.probes().get(other, "").text()).as(other).contains("404", "server.server-address");
            }
            assertThat(server.probes().post("/v1/client/a/updates", "", "{}").status())
                    .isEqualTo(404);
        }
    }

    @Test
    void noConnectionReachesAWorkerThatIsNotReady() throws Exception {
        Map<String, String> lost = ServerProcess.worker(unit, "lost");
        lost.put("LP_DATABASE_CONNECTION_STRING", "postgres://nobody:nothing@127.0.0.1:1/none");
        try (ServerProcess _ = ServerProcess.ready(ServerProcess.worker(unit, "1"));
                ServerProcess notReady = ServerProcess.start(lost)) {
            await("it starts").atMost(PATIENCE).until(() -> notReady.probes().readyStatus() == 503);

            for (int i = 0; i < 50; i++) {
                assertThat(whoAnswers()).isEqualTo("1");
            }
        }
    }

    @Test
    void portInUseIsNamedAlsoIfItIsShared() throws Exception {
        try (ServerSocket other = new ServerSocket()) {
            other.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));

            assertThat(refusal(ServerProcess.worker(unit, "1")))
                    .contains("cannot listen on 127.0.0.1 port " + port, "server.server-address");
        }
    }

    @Test
    void workerAddressInUseIsNamed() throws Exception {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Map<String, String> environment = ServerProcess.worker(unit, "1");
            environment.put("LP_SERVER_WORKER_ADDRESS", "127.0.0.1:" + other.getLocalPort());

            assertThat(refusal(environment))
                    .contains("cannot listen on 127.0.0.1 port " + other.getLocalPort(), "server.worker-address");
        }
    }

    /**
     * With {@code net.ipv4.tcp_migrate_req} Linux moves the pending connections of a closed socket to that of another worker, so that
     * no client notices a replacement.
     */
    @Test
    @Requires(Requires.NetworkNamespace.class)
    void noRequestFailsWhileWorkersAreReplaced() throws Exception {
        List<String> command = new ArrayList<>(List.of(
                "unshare",
                "--net",
                "sh",
                "-c",
                "ip link set lo up && echo 1 >/proc/sys/net/ipv4/tcp_migrate_req && exec \"$@\"",
                "sh"));
        command.addAll(JavaCommand.testProgram(RollingRestarts.class));
        command.add(String.valueOf(RESTARTS));

        String report = output(command.toArray(String[]::new));

        assertThat(report)
                .containsPattern("a connection a request: \\d{3,} requests, 0 failed")
                .containsPattern("kept connections: \\d{3,} requests, 0 failed");
    }

    private String whoAnswers() throws Exception {
        try (RawClient client = new RawClient(port)) {
            RawClient.Answer answer = client.ask(INFO);
            assertThat(answer.status()).isEqualTo(200);
            return answer.body().replaceAll(".*\"worker\":\"([^\"]*)\".*", "$1");
        }
    }

    private static String worker(Api api) {
        return api.get("/debug/info", "").json().path("worker").asString();
    }

    private static String refusal(Map<String, String> environment) {
        try (ServerProcess server = ServerProcess.start(environment)) {
            assertThat(server.exitCode()).as(server.output()).isEqualTo(2);
            return server.output();
        }
    }

    private static String output(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            return new String(process.getInputStream().readAllBytes(), UTF_8);
        } finally {
            process.destroy();
        }
    }
}
