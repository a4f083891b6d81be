package io.livepatch.supervisor.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.livepatch.common.socket.JsonChannel;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.SupervisorException;
import io.livepatch.supervisor.WorkerState;
import io.livepatch.supervisor.control.PoolState;
import io.livepatch.supervisor.control.SupervisorClient;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The control socket of a supervisor in its own process. */
class ControlSocketIT {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final String YAML = "admin: {enabled: false}\ncontrol: {socket: %s}\n";

    @TempDir
    private Path folder;

    private Path socket;
    private Program program;
    private SupervisorClient client;

    @BeforeEach
    void start() {
        socket = folder.resolve("c.sock");
        program = Program.start(folder, YAML.formatted(socket));
        client = SupervisorClient.open(socket);
        client.awaitConnected(SOON);
    }

    @AfterEach
    void stop() {
        client.close();
        program.close();
    }

    private static PoolSpec spec(int replicas, String... variables) {
        return PoolSpec.of(
                        "unit-0/web",
                        List.of("sh", "-c", "trap 'echo reloaded' HUP; while :; do sleep 600 & wait $!; done"))
                .replicas(replicas)
                .environment(Map.of("NAME", String.join(",", variables)))
                .build();
    }

    private PoolState pool() {
        return client.pool("unit-0/web").orElseThrow();
    }

    private Set<Long> ready(int count) {
        await(count + " ready")
                .atMost(SOON)
                .until(() -> pool().workers().stream()
                                        .filter(worker -> worker.state() == WorkerState.READY
                                                && worker.due().isEmpty())
                                        .count()
                                == count
                        && pool().workers().size() == count);
        return pool().workers().stream()
                .map(worker -> worker.pid().orElseThrow())
                .collect(Collectors.toSet());
    }

    @Test
    void aPoolIsAppliedChangedAndStoppedAndOutlivesItsClient() throws Exception {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                .isEqualTo("rw-------");
        client.apply(spec(2), "first", Optional.empty());
        assertThat(pool().label()).isEqualTo("first");
        Set<Long> two = ready(2);

        client.close();
        client = SupervisorClient.open(socket);
        client.awaitConnected(SOON);
        assertThat(pool().spec()).isEqualTo(spec(2));
        assertThat(pool().label()).isEqualTo("first");
        assertThat(ready(2)).isEqualTo(two);

        client.apply(spec(3), "second", Optional.empty());
        assertThat(ready(3)).containsAll(two);
        client.recycle("unit-0/web");
        assertThat(pool().workers()).anyMatch(worker -> worker.due().isPresent());
        assertThat(ready(3)).doesNotContainAnyElementsOf(two);
        assertThat(client.metrics()).contains("supervisor_replicas_ready{pool=\"unit-0/web\"} 3.0");

        client.stop("unit-0/web");
        assertThat(client.pool("unit-0/web")).isEmpty();
        client.stop("unit-0/web");
    }

    @Test
    void aRefusedSpecIsExplainedAndChangesNothing() {
        client.apply(spec(1), "", Optional.empty());
        Set<Long> one = ready(1);
        assertThatThrownBy(() -> client.recycle("nothing"))
                .isInstanceOf(SupervisorException.Refused.class)
                .hasMessageContaining("'nothing'");
        PoolSpec proxied = spec(1).but()
                .listening(new Listening.Proxied(
                        9000,
                        new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 9100),
                        "random",
                        "/",
                        Duration.ZERO))
                .build();
        assertThatThrownBy(() -> client.apply(proxied, "", Optional.empty()))
                .isInstanceOf(SupervisorException.Refused.class)
                .hasMessageContaining("remove the pool and add it again");
        assertThat(ready(1)).isEqualTo(one);
    }

    @Test
    void aSecondSupervisorIsRefusedAndAnUnknownRequestIsAnswered() throws Exception {
        Program second = Program.start(folder, YAML.formatted(socket));
        assertThat(second.exitCode()).isEqualTo(2);
        assertThat(second.log()).contains("another process serves '" + socket + "'");

        try (JsonChannel raw = JsonChannel.connect(socket, new JsonMapper())) {
            assertThat(raw.receive(JsonNode.class, SOON)
                            .orElseThrow()
                            .path("requests")
                            .toString())
                    .contains("apply", "watch");
            raw.send(Map.of("message", "hello", "protocol", 1, "oldest", 1));
            raw.send(Map.of("id", 5, "request", Map.of("request", "teleport")));
            JsonNode answer = raw.receive(JsonNode.class, SOON).orElseThrow();
            assertThat(answer.path("id").asInt()).isEqualTo(5);
            assertThat(answer.path("message").asString()).isNotEmpty();
            assertThat(answer.toString()).contains("does not know the request 'teleport'");
        }
    }

    @Test
    void aFrozenSupervisorIsReportedWithinSecondsAndIsUsedAgain() {
        client.apply(spec(1), "", Optional.empty());
        ready(1);
        program.signal("STOP");
        long begun = System.nanoTime();
        assertThatThrownBy(() -> client.recycle("unit-0/web"))
                .isInstanceOf(SupervisorException.Unavailable.class)
                .hasMessageContaining("does not answer: no answer within 5.0 s");
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(12));
        assertThat(client.problem()).isPresent();
        assertThat(pool().workers()).hasSize(1);
        program.signal("CONT");
        client.awaitConnected(SOON);
        assertThat(client.problem()).isEmpty();
        client.recycle("unit-0/web");
    }

    /** A client that watches and never reads does not keep the others waiting. */
    @Test
    void aSlowReaderBlocksNobody() throws Exception {
        try (JsonChannel raw = JsonChannel.connect(socket, new JsonMapper())) {
            raw.send(Map.of("message", "hello", "protocol", 1, "oldest", 1));
            raw.send(Map.of("id", 1, "request", Map.of("request", "watch")));
            String large = "x".repeat(200_000);
            for (int i = 0; i < 30; i++) {
                client.apply(spec(1), large + i, Optional.empty());
            }
            assertThat(pool().label()).endsWith("29");
            ready(1);
        }
    }

    @Test
    void aShutdownStopsAppliedPools() {
        client.apply(spec(2), "", Optional.empty());
        Set<Long> pids = ready(2);
        client.shutdown();
        assertThat(program.exitCode()).isZero();
        assertThat(pids).noneMatch(Program::alive);
        assertThat(socket).doesNotExist();
    }

    /** As of a charm's call when its unit is stopped. */
    @Test
    void anInterruptOfOneCallerLeavesTheOthersConnected() {
        Thread.currentThread().interrupt();
        assertThatThrownBy(client::metrics)
                .isInstanceOf(SupervisorException.Unavailable.class)
                .hasMessageContaining("interrupted");
        assertThat(Thread.interrupted()).isTrue();

        assertThat(client.metrics()).contains("supervisor_");
    }
}
