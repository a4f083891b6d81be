package io.livepatch.fleet.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.testing.ChildJvm;
import io.livepatch.testing.PostgresServer;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Four processes that find each other in a database. */
final class PostgresReplicasIT extends ReplicasContract {
    private static final PostgresServer POSTGRES = PostgresServer.start();
    private final String dsn = POSTGRES.newDatabase();

    @Override
    String place() {
        return dsn;
    }

    @AfterAll
    static void end() {
        POSTGRES.close();
    }

    @Test
    void aSecondOfTheSameIndexIsRefusedWhileTheFirstLives() throws Exception {
        startTen();
        try (ChildJvm twin = cluster().twin(2)) {
            assertThat(twin.line()).startsWith("serves");
            assertThat(twin.line())
                    .startsWith("displaced: replica 2 of run 'a-run' already runs at http://127.0.0.1:")
                    .endsWith("give this process another index or run, or stop that one");
        }
        cluster().awaitDivided("ten", 10, Set.of(0, 1, 2, 3));
    }

    @Test
    void replicaWithoutTheDatabaseStopsItsWorkUntilItReturns() throws Exception {
        startTen();

        POSTGRES.stop();
        try {
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> cluster().running().stream()
                            .allMatch(index ->
                                    cluster().get(index, "/health").path("held").asBoolean()));
            assertThat(cluster().running())
                    .allMatch(index -> cluster().own(index, "ten").isEmpty());
        } finally {
            POSTGRES.resume();
        }

        cluster().awaitDivided("ten", 10, Set.of(0, 1, 2, 3));
        JsonNode figures = cluster().get(0, "/figures");
        // On a slow machine one that is held again after the others have returned is missing a second time.
        assertThat(figures.path("shortfalls")
                        .valueStream()
                        .map(it -> it.path("replica").asInt(-1)))
                .containsOnly(0, 1, 2, 3);
        assertThat(figures.path("below_target_seconds").asDouble()).isPositive();
    }
}
