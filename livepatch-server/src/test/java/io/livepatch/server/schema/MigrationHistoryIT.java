package io.livepatch.server.schema;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.server.config.Dsn;
import io.livepatch.server.database.Database;
import io.livepatch.testing.PostgresServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The status without Flyway equals Flyway's, or is empty. */
final class MigrationHistoryIT {
    private final Dsn dsn = Dsn.parse(PostgresServer.shared().newDatabase());

    @Test
    void currentSchemaHasAStatus() throws Exception {
        new Schema(dsn).upgrade();

        assertThat(untroubled()).contains(new SchemaStatus(Optional.of("4"), List.of()));
    }

    @Test
    void emptyDatabaseHasNone() throws Exception {
        assertThat(untroubled()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "update flyway_schema_history set checksum = checksum + 1",
                "update flyway_schema_history set success = false",
                "update flyway_schema_history set script = 'V1__other.sql' where version = '1'",
                "update flyway_schema_history set type = 'BASELINE'",
                "delete from flyway_schema_history",
                """
                insert into flyway_schema_history
                values (9, '9', 'notes', 'SQL', 'V9__notes.sql', 1, 'me', now(), 1, true)"""
            })
    void anyDifferenceIsLeftToFlyway(String change) throws Exception {
        new Schema(dsn).upgrade();
        try (Connection connection = Database.unpooled(dsn).getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(change);
        }

        assertThat(untroubled()).isEmpty();
    }

    private Optional<SchemaStatus> untroubled() throws SQLException {
        try (Connection connection = Database.unpooled(dsn).getConnection()) {
            return MigrationHistory.statusIfCurrent(connection);
        }
    }
}
