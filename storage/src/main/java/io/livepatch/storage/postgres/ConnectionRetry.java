package io.livepatch.storage.postgres;

import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeException;
import dev.failsafe.RetryPolicy;
import io.livepatch.storage.StoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.function.Supplier;
import javax.sql.DataSource;

/**
 * Runs work on a database connection, and once more on a new one if the connection breaks, so that it survives a restart of the
 * database. A retry is safe, because work that is cut off has only read or has not been committed. Thread-safe.
 *
 * @param source resets a connection that is closed: rolls it back and sets autocommit
 * @param address of the database, for messages
 */
record ConnectionRetry(DataSource source, Supplier<String> address) {
    // HikariCP does not validate a connection that was used within the last 500 ms. The delay is longer, so that the
    // second connection is validated.
    private static final RetryPolicy<Object> RECONNECT = RetryPolicy.builder()
            .handleIf(failure -> failure instanceof SQLException sql && SqlFailure.isDisconnect(sql))
            .withDelay(Duration.ofMillis(600))
            .withMaxRetries(1)
            .build();

    /*
     * read committed: a transaction that waited for the lock on a name sees what the holder committed. lock_timeout is less than the 30 s
     * after which a unit's pool gives up an answer. idle_in_transaction_session_timeout ends the session of a client that lost its
     * network, which would otherwise hold the lock for the hours that TCP takes to notice. synchronous_commit = remote_apply is stronger
     * than on, and is kept.
     */
    private static final String DURABLE = """
            set transaction isolation level read committed;
            set local lock_timeout = '20s';
            set local idle_in_transaction_session_timeout = '60s';
            select set_config('synchronous_commit', 'on', true)
             where current_setting('synchronous_commit') not in ('on', 'remote_apply')
            """;

    /** An operation on a connection. */
    interface Work<T> {
        T on(Connection connection) throws SQLException;
    }

    /**
     * Runs a query.
     *
     * @param operation for messages, as in "reading patch 'x'"
     * @param absent the result while the store has no tables
     */
    <T> T query(String operation, T absent, Work<T> work) {
        return withRetry(operation, connection -> {
            try {
                return work.on(connection);
            } catch (SQLException e) {
                if (SqlFailure.isMissingTable(e)) {
                    return absent;
                }
                throw e;
            }
        });
    }

    /** Runs work in one transaction, which is durable when this returns. */
    <T> T inTransaction(String operation, Work<T> work) {
        return withRetry(operation, connection -> {
            connection.setAutoCommit(false);
            try (Statement settings = connection.createStatement()) {
                settings.execute(DURABLE);
            }
            T result = work.on(connection);
            commit(operation, connection);
            return result;
        });
    }

    private void commit(String operation, Connection connection) throws SQLException {
        try {
            connection.commit();
        } catch (SQLException e) {
            if (!SqlFailure.isDisconnect(e)) {
                throw e;
            }
            throw new StoreException.Unavailable(
                    operation + " in '" + address.get()
                            + "' may or may not have happened: the connection was lost during the commit: "
                            + SqlFailure.reason(e) + "; do it again, which is harmless",
                    e);
        }
    }

    private <T> T withRetry(String operation, Work<T> work) {
        try {
            return Failsafe.with(RECONNECT).get(() -> {
                try (Connection connection = connect(operation)) {
                    return work.on(connection);
                }
            });
        } catch (FailsafeException e) {
            if (e.getCause() instanceof SQLException failure) {
                throw SqlFailure.exception(operation, address.get(), failure);
            }
            throw new StoreException.Unavailable(
                    operation + " in '" + address.get() + "' was interrupted; try again", e);
        }
    }

    /** A failure is not retried: the pool has already waited for its connection timeout. */
    private Connection connect(String operation) {
        try {
            return source.getConnection();
        } catch (SQLException e) {
            throw SqlFailure.exception(operation, address.get(), e);
        }
    }
}
