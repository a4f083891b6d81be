package io.livepatch.charm.balancer;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.haproxy.runtime.ServerStatus;
import io.livepatch.supervisor.Balancer;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class BackendServerTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private final BackendServer server = new BackendServer(new Balancer.Target("web-0", 8080), NOW);

    private static Optional<ServerStatus> status(ServerStatus.Condition condition, long requests, String check) {
        return Optional.of(
                new ServerStatus("workers", "worker-0", condition, 0, 0, requests, check, Duration.ofSeconds(1)));
    }

    @Test
    void requestsAddUpOverRestartsOfHaproxy() {
        for (long count : new long[] {5, 7, 2, 2, 3}) {
            var _ = server.poll(status(ServerStatus.Condition.UP, count, "L7OK 200"), NOW);
        }

        assertThat(server.requests()).isEqualTo(10);
    }

    @Test
    void anUncheckedServerHasNotEnteredThoughItIsUp() {
        CompletableFuture<Void> entered = new CompletableFuture<>();
        server.enter(entered, NOW);

        var _ = server.poll(status(ServerStatus.Condition.UP, 0, ""), NOW);
        assertThat(entered).isNotDone();
        var _ = server.poll(status(ServerStatus.Condition.UP, 0, "L7OK 200"), NOW);
        assertThat(entered).isCompleted();
    }

    @Test
    void anEntryFailsAfterATimeWithTheResultOfTheHealthChecks() {
        CompletableFuture<Void> entered = new CompletableFuture<>();
        server.enter(entered, NOW);

        var _ = server.poll(status(ServerStatus.Condition.DOWN, 0, "L7STS 503"), NOW.plusSeconds(11));

        assertThat(entered.exceptionNow()).hasMessage("haproxy reports it as DOWN (L7STS 503)");
    }
}
