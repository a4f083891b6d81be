package io.livepatch.server.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A bus of PostgreSQL's NOTIFY: one connection and one thread listen to the channels of all subscribers. A connection that breaks, or no
 * longer answers, is replaced, with growing pauses between the attempts; so is, at once, that of a database whose address changed
 * ({@link #reconnect}).
 *
 * <pre>
 *  connect ─▶ LISTEN to all channels ─▶ reconnect listeners ─▶ catch-up listeners
 *                                              ┌────────────────────┘
 *                                              ▼
 *             wait for notifications ─▶ subscribers ─▶ catch-up listeners ─▶ wait …
 *                    └───── none for a period ─────────────────▲
 * </pre>
 *
 * What a reader reads in its listener includes every change before the LISTEN, and each later change notifies it, so none is missed.
 * Subscribe before {@link #start}. All listeners run on the bus's thread; their exceptions are logged.
 */
public final class DatabaseEvents implements AutoCloseable {
    /** The default period of catch-ups without a notification. */
    public static final Duration CATCH_UP = Duration.ofSeconds(10);

    private static final Logger LOG = LoggerFactory.getLogger(DatabaseEvents.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration MAX_PAUSE = Duration.ofSeconds(5);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);
    /** The pause after a batch, so that a burst of thousands of notifications causes a few catch-ups instead of thousands. */
    private static final Duration BATCH_PAUSE = Duration.ofMillis(200);

    private static final int VALIDATION_SECONDS = 2;

    private final Database database;
    private final Duration period;
    private final Map<String, List<Consumer<String>>> subscribers = new LinkedHashMap<>();
    private final List<Runnable> reconnectListeners = new ArrayList<>();
    private final List<Runnable> catchUpListeners = new ArrayList<>();
    /** Each permit ends one wait of the thread early. */
    private final Semaphore wakeUps = new Semaphore(0);

    private final AtomicInteger reconnects = new AtomicInteger();
    private final Thread thread =
            Thread.ofPlatform().daemon().name("database-events").unstarted(this::run);
    private volatile boolean closing;
    private volatile @Nullable Connection current;
    private volatile @Nullable String problem = "not connected yet";

    /**
     * Connects to nothing yet.
     *
     * @param period of silence after which the connection is validated and the catch-up listeners are called
     */
    public DatabaseEvents(Database database, Duration period) {
        this.database = database;
        this.period = period;
    }

    /** Subscribes to the payloads of a channel; several notifications in one transaction may arrive as one. */
    public void subscribe(String channel, Consumer<String> subscriber) {
        requireNotStarted();
        subscribers.computeIfAbsent(channel, _ -> new ArrayList<>()).add(subscriber);
    }

    /** Adds a listener that is called after each connection, first and later ones: earlier notifications may have been missed. */
    public void onReconnect(Runnable listener) {
        requireNotStarted();
        reconnectListeners.add(listener);
    }

    /**
     * Adds a listener that is called after each connection, after each batch of notifications of any channel, and after each period
     * without one, in the order of the calls of this method.
     */
    public void onCatchUp(Runnable listener) {
        requireNotStarted();
        catchUpListeners.add(listener);
    }

    private void requireNotStarted() {
        if (thread.getState() != Thread.State.NEW) {
            throw new IllegalStateException("subscribe before the start");
        }
    }

    /** Starts listening; returns at once. */
    public void start() {
        thread.start();
    }

    /** Replaces the connection, since the database has another address; returns at once. Nothing is missed, as after a lost connection. */
    public void reconnect() {
        reconnects.incrementAndGet();
        wakeUps.release();
        abortCurrent();
    }

    /** Why notifications do not arrive at the moment; empty while listening. */
    public Optional<String> problem() {
        return Optional.ofNullable(problem);
    }

    private void run() {
        Duration pause = FIRST_PAUSE;
        while (!closing) {
            int before = reconnects.get();
            try (Connection connection = database.dedicated()) {
                // Visible to reconnect() before the count is read again, so a connection to the old address is either
                // aborted or left.
                current = connection;
                listen(connection);
                pause = FIRST_PAUSE;
                dispatch(connection, before);
            } catch (SQLException e) {
                if (before == reconnects.get()) {
                    recordLoss(e);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } finally {
                current = null;
            }
            if (before != reconnects.get()) {
                pause = FIRST_PAUSE;
                continue;
            }
            if (!sleeps(pause.plusMillis(ThreadLocalRandom.current().nextLong(pause.toMillis())))) {
                return;
            }
            pause = pause.multipliedBy(2).compareTo(MAX_PAUSE) < 0 ? pause.multipliedBy(2) : MAX_PAUSE;
        }
    }

    private void listen(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String channel : subscribers.keySet()) {
                statement.execute("listen \"" + channel + "\"");
            }
        }
        if (problem != null) {
            LOG.debug("listening to the database");
        }
        problem = null;
        reconnectListeners.forEach(DatabaseEvents::guarded);
        catchUpListeners.forEach(DatabaseEvents::guarded);
    }

    private void dispatch(Connection connection, int before) throws SQLException, InterruptedException {
        PGConnection postgres = connection.unwrap(PGConnection.class);
        while (!closing && before == reconnects.get()) {
            // Notifications that arrived with the answer to a statement are in a list that the waiting call ignores.
            PGNotification[] batch = postgres.getNotifications();
            if (batch.length == 0) {
                batch = postgres.getNotifications(Math.toIntExact(period.toMillis()));
            }
            for (PGNotification notification : batch) {
                subscribers
                        .getOrDefault(notification.getName(), List.of())
                        .forEach(subscriber -> accept(subscriber, notification.getParameter()));
            }
            catchUpListeners.forEach(DatabaseEvents::guarded);
            if (batch.length == 0 && !connection.isValid(VALIDATION_SECONDS)) {
                throw new SQLException("the connection no longer answers");
            }
            if (batch.length > 0) {
                awaitWakeUp(BATCH_PAUSE);
            }
        }
    }

    private static void accept(Consumer<String> subscriber, String payload) {
        try {
            subscriber.accept(payload);
        } catch (RuntimeException e) {
            LOG.error("a subscriber of the database's notifications failed; this one is lost for it", e);
        }
    }

    private static void guarded(Runnable listener) {
        try {
            listener.run();
        } catch (RuntimeException e) {
            LOG.warn("could not follow the database, trying again later: {}", e.getMessage());
            LOG.debug("could not follow the database", e);
        }
    }

    private void recordLoss(SQLException e) {
        if (!closing && problem == null) {
            LOG.warn("lost the connection that listens to the database, connecting again: {}", e.getMessage());
        }
        problem = "not listening to the database: " + e.getMessage();
    }

    /** Waits until the bus is closed or is to reconnect, at most for the pause. */
    private void awaitWakeUp(Duration pause) throws InterruptedException {
        var _ = wakeUps.tryAcquire(pause.toMillis(), TimeUnit.MILLISECONDS);
        wakeUps.drainPermits();
    }

    /** As {@link #awaitWakeUp}; returns false if interrupted. */
    private boolean sleeps(Duration pause) {
        try {
            awaitWakeUp(pause);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Stops listening and waits for the thread. */
    @Override
    public void close() {
        closing = true;
        wakeUps.release();
        abortCurrent();
        try {
            if (thread.isAlive() && !thread.join(CLOSE_TIMEOUT)) {
                LOG.warn("the thread '{}' did not end within {}", thread.getName(), CLOSE_TIMEOUT);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends a wait for notifications, which cannot be interrupted in another way. */
    private void abortCurrent() {
        Connection open = current;
        try {
            if (open != null) {
                open.abort(Runnable::run);
            }
        } catch (SQLException e) {
            LOG.debug("could not abort the listening connection", e);
        }
    }
}
