package io.livepatch.storage.postgres;

import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeException;
import dev.failsafe.RetryPolicy;
import io.livepatch.storage.StoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import javax.sql.DataSource;

/**
 * Work on connections, each held no longer than the work takes. Work whose connection breaks is done once more on another one, which
 * carries it over a restart of the database: until then it has read only, or is not committed.
 *
 * @param source gives connections back as they were given out: rolled back, and in autocommit mode
 * @param place for messages
 */
record ConnectionRetry(DataSource source, String place) {
    // Longer than a pool takes its connections for sound without asking (HikariCP: 500 ms), so the second is not broken
    // as well.
    private static final RetryPolicy<Object> RECONNECT = RetryPolicy.builder()
            .handleIf(failure -> failure instanceof SQLException sql && SqlFailure.disconnected(sql))
            .withDelay(Duration.ofMillis(600))
            .withMaxRetries(1)
            .build();

    /*
     * read committed: who waited for a lock sees what was committed meanwhile. The lock's time is less than the 30 s for which a
     * unit's pool waits for an answer. A writer that lost its network must not hold a name for the hours that TCP takes to notice.
     * remote_apply is more than on, and stays.
     */
    private static final String DURABLE = """
            set transaction isolation level read committed;
            set local lock_timeout = '20s';
            set local idle_in_transaction_session_timeout = '60s';
            select set_config('synchronous_commit', 'on', true)
             where current_setting('synchronous_commit') not in ('on', 'remote_apply')
            """;

    /** What is done with a connection. */
    interface Work<T> {
        T on(Connection connection) throws SQLException;
    }

    /**
     * Asks.
     *
     * @param absent the answer while there are no tables
     */
    <T> T query(String what, T absent, Work<T> work) {
        return reconnecting(what, connection -> {
            try {
                return work.on(connection);
            } catch (SQLException e) {
                if (SqlFailure.nothingStoredYet(e)) {
                    return absent;
                }
                throw e;
            }
        });
    }

    /** Changes something in one transaction, durable when this returns. */
    <T> T change(String what, Work<T> work) {
        return reconnecting(what, connection -> {
            connection.setAutoCommit(false);
            try (Statement settings = connection.createStatement()) {
                settings.execute(DURABLE);
            }
            T result = work.on(connection);
            commit(what, connection);
            return result;
        });
    }

    private void commit(String what, Connection connection) throws SQLException {
        try {
            connection.commit();
        } catch (SQLException e) {
            if (!SqlFailure.disconnected(e)) {
                throw e;
            }
            throw new StoreException.Unavailable(
                    what + " in '" + place + "' may or may not have happened, the connection was lost at its end: "
                            + SqlFailure.reason(e) + "; do it again, which is harmless",
                    e);
        }
    }

    private <T> T reconnecting(String what, Work<T> work) {
        try {
            return Failsafe.with(RECONNECT).get(() -> {
                try (Connection connection = connect(what)) {
                    return work.on(connection);
                }
            });
        } catch (FailsafeException e) {
            if (e.getCause() instanceof SQLException failure) {
                throw SqlFailure.exception(what, place, failure);
            }
            throw new StoreException.Unavailable(what + " in '" + place + "' was interrupted; try again", e);
        }
    }

    /** A pool has waited already when it says no, so that is final. */
    private Connection connect(String what) {
        try {
            return source.getConnection();
        } catch (SQLException e) {
            throw SqlFailure.exception(what, place, e);
        }
    }
}
