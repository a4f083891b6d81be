package io.livepatch.server.database;

import io.livepatch.server.config.Dsn;
import java.net.SocketTimeoutException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks whether the database answers and accepts writes, on a connection of its own with short timeouts: a busy pool must not look like an
 * unreachable database, and a database that hangs must be detected within seconds. {@link #check} is for one thread; {@link #last} and
 * {@link #onFault} for any.
 */
public final class DatabaseProbe implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DatabaseProbe.class);

    /** Of the connection attempt, and of each answer. */
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    /** Changed settings of a database or a role apply to new connections only. */
    private static final Duration MAX_CONNECTION_AGE = Duration.ofSeconds(30);

    private static final String QUERY = "select current_setting('transaction_read_only'), pg_is_in_recovery()";

    private final Database database;
    private final InstantSource clock;
    private @Nullable Connection connection;
    private Dsn connectedTo;
    private Instant connectedAt = Instant.EPOCH;
    private boolean timedOut;
    private volatile Optional<DatabaseFault> last = Optional.empty();
    private volatile Runnable onFault = () -> {};

    /** Connects to nothing yet. */
    public DatabaseProbe(Database database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
        this.connectedTo = database.dsn();
    }

    /** Checks a database once, on a new connection; takes a few seconds at most for each of its hosts. Empty if it accepts writes. */
    public static Optional<DatabaseFault> check(Dsn dsn) {
        try (Connection connection = Database.connect(dsn, TIMEOUT)) {
            return query(connection);
        } catch (SQLException e) {
            return Optional.of(DatabaseFault.of(e));
        }
    }

    /** Sets the listener that runs after each {@link #check} with a fault, on its thread; it must not block. */
    public void onFault(Runnable listener) {
        onFault = listener;
    }

    /** The result of the last {@link #check}; empty before the first. */
    public Optional<DatabaseFault> last() {
        return last;
    }

    /** Checks the database; takes a few seconds at most. Empty if it accepts writes. */
    public Optional<DatabaseFault> check() {
        Optional<DatabaseFault> fault = checkWithRetry();
        last = fault;
        if (fault.isPresent()) {
            onFault.run();
        }
        return fault;
    }

    private Optional<DatabaseFault> checkWithRetry() {
        Duration age = Duration.between(connectedAt, clock.instant());
        // The clock may be set back.
        if (age.isNegative() || age.compareTo(MAX_CONNECTION_AGE) > 0 || !connectedTo.equals(database.dsn())) {
            disconnect();
        }
        boolean reused = connection != null;
        Optional<DatabaseFault> first = attempt();
        // A server that was restarted has closed the connection, and accepts a new one. One that hangs would hang
        // again.
        return reused && connection == null && !timedOut ? attempt() : first;
    }

    private Optional<DatabaseFault> attempt() {
        try {
            return query(connected());
        } catch (SQLException e) {
            timedOut = e.getCause() instanceof SocketTimeoutException;
            disconnect();
            return Optional.of(DatabaseFault.of(e));
        }
    }

    private Connection connected() throws SQLException {
        Connection open = connection;
        if (open == null) {
            connectedTo = database.dsn();
            open = Database.connect(connectedTo, TIMEOUT);
            connection = open;
            connectedAt = clock.instant();
        }
        return open;
    }

    private static Optional<DatabaseFault> query(Connection open) throws SQLException {
        try (Statement statement = open.createStatement();
                ResultSet answer = statement.executeQuery(QUERY)) {
            answer.next();
            if (answer.getBoolean(2)) {
                return readOnly("the server is a standby and accepts no writes until it is promoted");
            }
            return "on".equals(answer.getString(1))
                    ? readOnly("it is read-only (default_transaction_read_only is on)")
                    : Optional.empty();
        }
    }

    private static Optional<DatabaseFault> readOnly(String text) {
        return Optional.of(new DatabaseFault(text, DatabaseFault.Kind.REFUSES_WRITES, "25006"));
    }

    private void disconnect() {
        try (Connection open = connection) {
            LOG.trace("closing {}", open);
        } catch (SQLException e) {
            LOG.debug("the connection of the probe could not be closed", e);
        }
        connection = null;
    }

    /** Closes the connection. Call it after the last check. */
    @Override
    public void close() {
        disconnect();
    }
}
