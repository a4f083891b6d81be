package io.livepatch.server.database;

import com.zaxxer.hikari.HikariDataSource;
import io.livepatch.server.config.UnitConfig.DatabaseConfig;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.logging.Logger;
import javax.sql.DataSource;

/**
 * A pool of connections whose address and size can change while it is used: the whole pool of HikariCP is replaced. After a change every
 * connection comes from the new one; the old one closes its idle connections at once, and each other one when it is returned. Nothing in
 * use is interrupted. (To change the address of one pool and evict its connections would not do: a connection that is being opened at that
 * moment enters the pool after the eviction, and would be used for its whole lifetime.) Thread-safe.
 */
final class ConnectionPool implements DataSource, AutoCloseable {
    private static final Duration RETIREMENT_POLL = Duration.ofMillis(20);

    private final Function<DatabaseConfig, HikariDataSource> opener;
    private final Set<Generation> retiring = ConcurrentHashMap.newKeySet();
    private volatile Generation current;

    /** The pool between two changes. */
    private static final class Generation {
        private final DatabaseConfig config;
        private final HikariDataSource pool;
        /** Threads that are about to take a connection. */
        private final AtomicInteger borrowers = new AtomicInteger();

        Generation(DatabaseConfig config, HikariDataSource pool) {
            this.config = config;
            this.pool = pool;
        }

        boolean isUsed() {
            return borrowers.get() > 0 || pool.getHikariPoolMXBean().getActiveConnections() > 0;
        }
    }

    /** @param opener creates a pool without waiting for a connection */
    ConnectionPool(DatabaseConfig config, Function<DatabaseConfig, HikariDataSource> opener) {
        this.opener = opener;
        this.current = generation(config);
    }

    private Generation generation(DatabaseConfig config) {
        return new Generation(config, opener.apply(config));
    }

    DatabaseConfig config() {
        return current.config;
    }

    @Override
    public Connection getConnection() throws SQLException {
        while (true) {
            Generation generation = current;
            generation.borrowers.incrementAndGet();
            try {
                // Looked at again after the count: either this thread sees the change, or the retirement sees this
                // thread.
                if (generation == current) {
                    return generation.pool.getConnection();
                }
            } catch (SQLException e) {
                // An old address that no longer answers; the new one may.
                if (generation == current) {
                    throw e;
                }
            } finally {
                generation.borrowers.decrementAndGet();
            }
        }
    }

    /** Replaces the pool. */
    synchronized void replace(DatabaseConfig config) {
        Generation old = current;
        current = generation(config);
        retiring.add(old);
        // Otherwise each connection that it closes would be replaced.
        old.pool.getHikariConfigMXBean().setMinimumIdle(0);
        old.pool.getHikariPoolMXBean().softEvictConnections();
        Thread.ofVirtual().name("retire-" + old.pool.getPoolName()).start(() -> retire(old));
    }

    private void retire(Generation old) {
        try {
            while (!old.pool.isClosed() && old.isUsed()) {
                Thread.sleep(RETIREMENT_POLL);
            }
        } catch (InterruptedException e) {
            // Nothing interrupts this thread; its connections are closed all the same.
            Thread.currentThread().interrupt();
        }
        old.pool.close();
        retiring.remove(old);
    }

    @Override
    public synchronized void close() {
        current.pool.close();
        retiring.forEach(old -> old.pool.close());
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        throw new SQLFeatureNotSupportedException("the connections of a pool have one user");
    }

    @Override
    public PrintWriter getLogWriter() throws SQLException {
        throw new SQLFeatureNotSupportedException("the pool logs to SLF4J");
    }

    @Override
    public void setLogWriter(PrintWriter out) throws SQLException {
        throw new SQLFeatureNotSupportedException("the pool logs to SLF4J");
    }

    @Override
    public int getLoginTimeout() throws SQLException {
        return current.pool.getLoginTimeout();
    }

    @Override
    public void setLoginTimeout(int seconds) throws SQLException {
        throw new SQLFeatureNotSupportedException("the timeout is a parameter of the connection string");
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        throw new SQLFeatureNotSupportedException("the pool logs to SLF4J");
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        throw new SQLFeatureNotSupportedException("the pool may be replaced");
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return false;
    }
}
