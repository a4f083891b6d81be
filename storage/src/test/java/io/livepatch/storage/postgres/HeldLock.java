package io.livepatch.storage.postgres;

import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/** A database lock held by a session of its own, for which statements of a test wait until it is closed. */
final class HeldLock implements AutoCloseable {
    private final TestDatabase database;
    private final PooledDatabase pool;
    private final String condition;

    private HeldLock(TestDatabase database, PooledDatabase pool, String condition) {
        this.database = database;
        this.pool = pool;
        this.condition = condition;
    }

    /**
     * Acquires the lock.
     *
     * @param lock the statements that acquire it
     * @param condition selects the lock in {@code pg_locks}
     */
    static HeldLock take(TestDatabase database, String lock, String condition) {
        PooledDatabase pool = PooledDatabase.of(database.dsn(), Path.of("unused"), 1, Duration.ofMinutes(1));
        try {
            Connection connection = pool.config().source().getConnection();
            try (Statement statement = connection.createStatement()) {
                statement.execute(lock);
            }
            return new HeldLock(database, pool, condition);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns when one session waits for this lock. */
    void awaitReached() {
        awaitWaiting("count(*) = 1", condition);
    }

    /** Returns when this many sessions wait for advisory locks. */
    void awaitWaiting(int count) {
        awaitWaiting("count(*) = " + count, "locktype = 'advisory'");
    }

    private void awaitWaiting(String expected, String filter) {
        String sql = "select " + expected + " from pg_locks where not granted and " + filter;
        // Who is to wait may be a JVM that has just been started.
        await("sessions that wait for a lock: " + filter)
                .atMost(Duration.ofMinutes(1))
                .until(() -> database.psql(sql), "t"::equals);
    }

    /** Ends the session that holds the lock. */
    @Override
    public void close() {
        pool.close();
    }
}
