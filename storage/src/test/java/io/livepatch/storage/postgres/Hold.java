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
    private final PostgresPlace place;
    private final String mine;

    private Hold(TestDatabase database, PostgresPlace place, String mine) {
        this.database = database;
        this.place = place;
        this.mine = mine;
    }

    /**
     * Takes it.
     *
     * @param lock the statements that do so
     * @param mine tells the lock from others in {@code pg_locks}
     */
    static Hold take(TestDatabase database, String lock, String mine) {
        PostgresPlace place = PostgresPlace.of(database.dsn(), Path.of("unused"), 1, Duration.ofMinutes(1));
        try {
            Connection connection = place.config().source().getConnection();
            try (Statement statement = connection.createStatement()) {
                statement.execute(lock);
            }
            return new Hold(database, place, mine);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Waits until somebody waits for it. */
    void awaitReached() {
        awaitWaiting("count(*) = 1", mine);
    }

    /** Waits until so many wait, for it or for each other's advisory locks. */
    void awaitWaiting(int count) {
        awaitWaiting("count(*) = " + count, "locktype = 'advisory'");
    }

    private void awaitWaiting(String answer, String which) {
        String sql = "select " + answer + " from pg_locks where not granted and " + which;
        await().until(() -> database.psql(sql), "t"::equals);
    }

    /** Ends the session that has it. */
    @Override
    public void close() {
        place.close();
    }
}
