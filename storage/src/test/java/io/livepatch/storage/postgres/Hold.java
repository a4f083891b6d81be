package io.livepatch.storage.postgres;

import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/** A lock that others wait for: keeps a statement from ending until it is released. */
final class Hold implements AutoCloseable {
    private final TestDatabase database;
    private final String key;
    private final PostgresPlace place;
    private final Connection connection;

    private Hold(TestDatabase database, String key, PostgresPlace place, Connection connection) {
        this.database = database;
        this.key = key;
        this.place = place;
        this.connection = connection;
    }

    static Hold take(TestDatabase database, String key) {
        try {
            PostgresPlace place = PostgresPlace.of(database.dsn(), Path.of("unused"), 1, Duration.ofMinutes(1));
            Connection connection = place.config().source().getConnection();
            try (Statement statement = connection.createStatement()) {
                statement.execute("select pg_advisory_lock(" + key + ")");
            }
            return new Hold(database, key, place, connection);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Waits until somebody waits for it. */
    void awaitReached() {
        awaitWaiting("= 1", " and objid = " + key);
    }

    /** Waits until so many wait, for it or for each other's advisory locks. */
    void awaitWaiting(int count) {
        awaitWaiting("= " + count, "");
    }

    private void awaitWaiting(String count, String condition) {
        String sql =
                "select count(*) " + count + " from pg_locks where not granted and locktype = 'advisory'" + condition;
        await().until(() -> database.psql(sql), "t"::equals);
    }

    @Override
    public void close() throws SQLException {
        try (place;
                connection;
                Statement statement = connection.createStatement()) {
            statement.execute("select pg_advisory_unlock_all()");
        } catch (SQLException e) {
            // The server was killed, which released it.
            if (!SqlFailure.disconnected(e)) {
                throw e;
            }
        }
    }
}
