package io.livepatch.supervisor.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.testing.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Reports of port sharing and of the spread of connections in the log, the endpoint and the metrics. */
class PortSharingMonitorIT {

    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    @TempDir
    Path folder;

    private final int port = FreePorts.inARow(2);
    private final List<Socket> clients = new ArrayList<>();

    @AfterEach
    void close() throws IOException {
        for (Socket client : clients) {
            client.close();
        }
    }

    private Program program() {
        return Program.start(
                folder,
                "exit_on_give_up: never\nsupervisor:\n  workers:\n"
                        + pool("shared", "replicas: 2", WebWorker.command(), port)
                        + pool("alone", "max_restarts: 0", WebWorker.command("alone"), port + 1));
    }

    private static String pool(String name, String key, String command, int port) {
        return """
                  - name: %s
                    %s
                    %s
                    listen: {address: 127.0.0.1, port: %d, worker_port: %d}
                    ready: {http: "http://127.0.0.1:{worker_port}/"}
                """.formatted(name, key, command, port, FreePorts.inARow(3));
    }

    @Test
    void onlyWorkersThatDoNotShareTheirPortAreReported() {
        try (Program program = program()) {
            program.awaitReady("shared", 2);
            program.awaitReady("alone", 1);

            program.awaitLog("worker 'alone-0' does not share port " + (port + 1));
            program.awaitLog("without SO_REUSEPORT, so no other worker can");

            assertThat(sharing(program, "alone").asString()).contains("set the option before it binds");
            assertThat(program.get("/pools/shared/workers/shared-0").has("sharing"))
                    .isFalse();
            assertThat(program.log()).doesNotContain("worker 'shared-0' does not", "worker 'shared-1' does not");
            ProcessHandle.of(program.pids("alone").get("alone-0")).orElseThrow().destroyForcibly();
            await("the problem of an ended process is removed")
                    .atMost(TIMEOUT)
                    .until(() -> sharing(program, "alone").isMissingNode());
        }
    }

    private static JsonNode sharing(Program program, String pool) {
        return program.get("/pools/" + pool).path("workers").path(0).path("sharing");
    }

    @Test
    void theSpreadOfConnectionsIsReportedWithAdvice() throws IOException {
        try (Program program = program()) {
            program.awaitReady("shared", 2);
            await("the first check is done")
                    .atMost(TIMEOUT)
                    .until(() -> advice(program).equals("too few connections so far to say"));
            assertThat(program.metrics()).doesNotContain("supervisor_connection_imbalance{");

            for (int i = 0; i < 120; i++) {
                clients.add(new Socket(InetAddress.getLoopbackAddress(), port));
            }

            await("enough connections were counted")
                    .atMost(TIMEOUT)
                    .until(() -> advice(program).startsWith("imbalance 1."));
            assertThat(program.get("/pools/shared")
                            .path("spread")
                            .path("imbalance")
                            .asDouble())
                    .isBetween(1.0, 2.0);
            assertThat(program.metrics()).contains("supervisor_connection_imbalance{pool=\"shared\"} 1.");
        }
    }

    private static String advice(Program program) {
        return program.get("/pools/shared").path("spread").path("advice").asString("");
    }
}
