package io.livepatch.testing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class PostgresServerIT {
    @Test
    void committedRowsSurviveAKill() {
        try (PostgresServer server = PostgresServer.start()) {
            server.psql("postgres", "create table kept (x int)");
            server.kill();
            server.resume();
            assertThat(server.psql("postgres", "select count(*) from kept")).isEqualTo("0");
        }
    }
}
