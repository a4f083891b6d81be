package io.livepatch.server.database;

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
 * Finds out whether the database answers and accepts writes, on a connection of its own with short time-outs: a pool that is busy
 * must not look like a database that is away, and a database that hangs must be known after seconds. {@link #ask} is for one
 * thread; {@link #last} and {@link #whenFaulty} for any.
 */
public final class DatabaseProbe implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DatabaseProbe.class);

    /** For a connection, and again for an answer. */
    private static final Duration ANSWER = Duration.ofSeconds(2);

    /** Settings of a database or a role hold for connections made after they were changed. */
    private static final Duration OLDEST = Duration.ofSeconds(30);

    private static final String QUESTION = "select current_setting('transaction_read_only'), pg_is_in_recovery()";

    private final Database database;
    private final InstantSource clock;
    private @Nullable Connection connection;
    private Instant connectedAt = Instant.EPOCH;
    private boolean timedOut;
    private volatile Optional<DatabaseFault> last = Optional.empty();
    private volatile Runnable whenFaulty = () -> {};

    /** Connects to nothing yet. */
    public DatabaseProbe(Database database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
    }

    /** What to run after each {@link #ask} that found a fault; on its thread, and it must not block. */
    public void whenFaulty(Runnable listener) {
        whenFaulty = listener;
    }

    /** The outcome of the last {@link #ask}; empty before the first. */
    public Optional<DatabaseFault> last() {
        return last;
    }

    /** Asks now; takes a few seconds at most. Empty if the database accepts writes. */
    public Optional<DatabaseFault> ask() {
        Optional<DatabaseFault> now = answer();
        last = now;
        if (now.isPresent()) {
            whenFaulty.run();
        }
        return now;
    }

    private Optional<DatabaseFault> answer() {
        Duration age = Duration.between(connectedAt, clock.instant());
        // A clock may be set back.
        if (age.isNegative() || age.compareTo(OLDEST) > 0) {
            disconnect();
        }
        boolean kept = connection != null;
        Optional<DatabaseFault> first = attempt();
        // A server that was restarted or replaced has closed the connection, and takes another. One that hangs would
        // hang again.
        return kept && connection == null && !timedOut ? attempt() : first;
    }

    private Optional<DatabaseFault> attempt() {
        try {
            return ask(connected());
        } catch (SQLException e) {
            timedOut = e.getCause() instanceof SocketTimeoutException;
            disconnect();
            return Optional.of(DatabaseFault.of(e));
        }
    }

    private Connection connected() throws SQLException {
        Connection open = connection;
        if (open == null) {
            open = database.dedicated(ANSWER);
            connection = open;
            connectedAt = clock.instant();
        }
        return open;
    }

    private static Optional<DatabaseFault> ask(Connection open) throws SQLException {
        try (Statement statement = open.createStatement();
                ResultSet answer = statement.executeQuery(QUESTION)) {
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

    /** Ends the connection. Call it when no check can come any more. */
    @Override
    public void close() {
        disconnect();
    }
}
