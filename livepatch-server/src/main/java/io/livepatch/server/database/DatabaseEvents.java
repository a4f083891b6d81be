package io.livepatch.server.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows PostgreSQL's NOTIFY on one connection and one thread of its own, for as long as it is open. A connection that breaks, or
 * that no longer answers, is replaced, with growing pauses while there is none; after each replacement the follower is told
 * that it may have missed anything.
 */
public final class DatabaseEvents implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DatabaseEvents.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);
    // A burst gathers for this long, so that thousands of notifications cost a few reactions and not thousands.
    private static final Duration GATHERING = Duration.ofMillis(200);
    private static final int ANSWER_SECONDS = 2;

    /** What wants to know. Called on one thread; what it throws is logged and ends nothing. */
    public interface Follower {
        /** What to listen to: what is done with a payload, by channel. */
        Map<String, Consumer<String>> channels();

        /** Listening began, or began again: anything may have happened before. */
        void missed();

        /** A batch of payloads was handed over, or nothing came for a while. */
        void quiet();
    }

    private final Database database;
    private final Follower follower;
    private final Duration period;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread;
    private volatile @Nullable Connection current;
    private volatile @Nullable String problem = "not connected yet";

    /**
     * Connects to nothing yet.
     *
     * @param period how long to wait in silence before the connection is tried and {@link Follower#quiet} is called
     */
    public DatabaseEvents(Database database, Follower follower, Duration period) {
        this.database = database;
        this.follower = follower;
        this.period = period;
        this.thread = Thread.ofPlatform().daemon().name("database-events").unstarted(this::run);
    }

    public void start() {
        thread.start();
    }

    /** Why nothing is heard at the moment; empty while listening. */
    public Optional<String> problem() {
        return Optional.ofNullable(problem);
    }

    private void run() {
        Duration pause = FIRST_PAUSE;
        while (!closing()) {
            try (Connection connection = database.dedicated()) {
                current = connection;
                listen(connection);
                pause = FIRST_PAUSE;
                follow(connection);
            } catch (SQLException e) {
                lost(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } finally {
                current = null;
            }
            if (closesWithin(pause.plusMillis(ThreadLocalRandom.current().nextLong(pause.toMillis())))) {
                return;
            }
            pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
        }
    }

    private void listen(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String channel : follower.channels().keySet()) {
                statement.execute("listen \"" + channel + "\"");
            }
        }
        if (problem != null) {
            LOG.debug("listening to the database");
        }
        problem = null;
        guarded(follower::missed);
    }

    private void follow(Connection connection) throws SQLException, InterruptedException {
        PGConnection postgres = connection.unwrap(PGConnection.class);
        while (!closing()) {
            // What came along with the answer to a statement is in a list that the waiting call does not look at first.
            PGNotification[] batch = postgres.getNotifications();
            if (batch.length == 0) {
                batch = postgres.getNotifications(Math.toIntExact(period.toMillis()));
            }
            for (PGNotification notification : batch) {
                hand(notification);
            }
            guarded(follower::quiet);
            if (batch.length == 0 && !connection.isValid(ANSWER_SECONDS)) {
                throw new SQLException("the connection no longer answers");
            }
            if (batch.length > 0 && closing.await(GATHERING.toMillis(), TimeUnit.MILLISECONDS)) {
                return;
            }
        }
    }

    private void hand(PGNotification notification) {
        Consumer<String> handler = follower.channels().get(notification.getName());
        if (handler != null) {
            guarded(() -> handler.accept(notification.getParameter()));
        }
    }

    private static void guarded(Runnable action) {
        try {
            action.run();
        } catch (RuntimeException e) {
            LOG.error("what follows the database's events failed", e);
        }
    }

    private void lost(SQLException e) {
        if (!closing() && problem == null) {
            LOG.warn("lost the connection that listens to the database, connecting anew: {}", e.getMessage());
        }
        problem = "not listening to the database: " + e.getMessage();
    }

    private boolean closing() {
        return closing.getCount() == 0;
    }

    private boolean closesWithin(Duration pause) {
        try {
            return closing.await(pause.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    /** Stops listening and waits for the thread. */
    @Override
    public void close() {
        closing.countDown();
        Connection open = current;
        if (open != null) {
            abort(open);
        }
        try {
            if (thread.isAlive() && !thread.join(CLOSE_TIMEOUT)) {
                LOG.warn("the thread '{}' did not end within {}", thread.getName(), CLOSE_TIMEOUT);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends a wait for notifications, which listens to nothing else. */
    private static void abort(Connection connection) {
        try {
            connection.abort(Runnable::run);
        } catch (SQLException e) {
            LOG.debug("could not abort the listening connection", e);
        }
    }
}
