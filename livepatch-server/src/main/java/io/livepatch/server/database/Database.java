package io.livepatch.server.database;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.util.DriverDataSource;
import io.livepatch.common.net.ConnectionParameters;
import io.livepatch.server.config.Dsn;
import io.livepatch.server.config.UnitConfig.DatabaseConfig;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.StatementExceptions;
import org.jdbi.v3.postgres.PostgresPlugin;
import org.jdbi.v3.sqlobject.SqlObjectPlugin;

/**
 * A pool of connections to PostgreSQL, with JDBI on top. Connects on first use, so it starts without a reachable database. Its address can
 * change while it is used ({@link #switchTo}).
 */
public final class Database implements AutoCloseable {
    /** How long a request waits for a connection before it fails. */
    private static final Duration CONNECTION_TIMEOUT = Duration.ofSeconds(3);

    private static final int MINIMUM_IDLE = 2;
    private static final Duration VALIDATION_TIMEOUT = Duration.ofSeconds(1);

    private final ConnectionPool pool;
    private final Jdbi jdbi;

    private Database(ConnectionPool pool) {
        this.pool = pool;
        this.jdbi = Jdbi.create(pool).installPlugin(new PostgresPlugin()).installPlugin(new SqlObjectPlugin());
        // Otherwise the message of a failed statement contains its parameters, which may be secrets.
        jdbi.getConfig(StatementExceptions.class).setMessageRendering(StatementExceptions.MessageRendering.NONE);
    }

    /**
     * Creates a pool without connections.
     *
     * @param name of the pool in logs
     */
    public static Database of(String name, DatabaseConfig config) {
        return new Database(new ConnectionPool(config, next -> open(name, next)));
    }

    private static HikariDataSource open(String name, DatabaseConfig config) {
        HikariConfig hikari = new HikariConfig();
        hikari.setPoolName(name);
        hikari.setJdbcUrl(jdbcUrl(config.dsn()));
        hikari.setDataSourceProperties(properties(config.dsn()));
        hikari.setMaximumPoolSize(config.poolMax());
        hikari.setMinimumIdle(Math.min(MINIMUM_IDLE, config.poolMax()));
        hikari.setMaxLifetime(config.lifetimeMax().toMillis());
        // HikariCP warns about an idle timeout near the lifetime, and about one for a pool of fixed size.
        hikari.setIdleTimeout(
                config.poolMax() > MINIMUM_IDLE
                        ? config.lifetimeMax().dividedBy(2).toMillis()
                        : 0);
        hikari.setConnectionTimeout(CONNECTION_TIMEOUT.toMillis());
        hikari.setValidationTimeout(VALIDATION_TIMEOUT.toMillis());
        hikari.setInitializationFailTimeout(-1);
        return new HikariDataSource(hikari);
    }

    /** The database of new connections. */
    public Dsn dsn() {
        return pool.config().dsn();
    }

    /**
     * Changes the database and the size of the pool. New connections are made with the new settings at once; old ones are closed when
     * they are not in use. Does not wait for a connection.
     */
    public synchronized void switchTo(DatabaseConfig next) {
        if (!next.equals(pool.config())) {
            pool.replace(next);
        }
    }

    /** A connection outside the pool, for LISTEN, which holds it. The caller closes it. */
    public Connection dedicated() throws SQLException {
        Dsn dsn = dsn();
        return DriverManager.getConnection(jdbcUrl(dsn), properties(dsn));
    }

    /**
     * A connection outside any pool, with short timeouts. The caller closes it.
     *
     * @param timeout of the connection attempt, and of each answer; whole seconds
     */
    static Connection connect(Dsn dsn, Duration timeout) throws SQLException {
        Properties properties = properties(dsn);
        properties.setProperty("connectTimeout", String.valueOf(timeout.toSeconds()));
        properties.setProperty("socketTimeout", String.valueOf(timeout.toSeconds()));
        return DriverManager.getConnection(jdbcUrl(dsn), properties);
    }

    /** Connections outside the pool, whose statements have no time limit: for migrations. */
    public static DataSource unpooled(Dsn dsn) {
        Properties properties = properties(dsn);
        properties.setProperty("socketTimeout", "0");
        return new DriverDataSource(
                jdbcUrl(dsn),
                "org.postgresql.Driver",
                properties,
                dsn.user(),
                dsn.password().reveal());
    }

    /** The pool, for JDBC. */
    public DataSource source() {
        return pool;
    }

    public Jdbi jdbi() {
        return jdbi;
    }

    /** An implementation of a SqlObject interface; each call takes a connection from the pool and returns it. */
    public <T> T dao(Class<T> type) {
        return jdbi.onDemand(type);
    }

    /** A statement for which {@link #dao} is too slow; each run takes a connection from the pool and returns it. */
    public <A, R> HotQuery<A, R> hot(String sql, HotQuery.Arguments<A> arguments, HotQuery.Row<R> row) {
        return new HotQuery<>(pool, sql, arguments, row);
    }

    /**
     * Runs work while a transaction holds locks. The transaction has a connection of its own and is always rolled back. In a transaction of
     * an object of {@link #dao} instead, the statements of its other methods on this thread would join it.
     *
     * @param work is given an object on that connection
     */
    public <T, R> R holding(Class<T> type, Function<T, R> work) {
        try (Handle handle = jdbi.open()) {
            handle.begin();
            try {
                return work.apply(handle.attach(type));
            } finally {
                handle.rollback();
            }
        }
    }

    private static String jdbcUrl(Dsn dsn) {
        return "jdbc:postgresql://" + String.join(",", dsn.hosts()) + "/"
                + URLEncoder.encode(dsn.database(), StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static Properties properties(Dsn dsn) {
        Properties properties = new Properties();
        properties.setProperty("user", dsn.user());
        properties.setProperty("password", dsn.password().reveal());
        properties.setProperty("ApplicationName", "livepatch");
        properties.setProperty("connectTimeout", "2");
        properties.setProperty("socketTimeout", "30");
        properties.setProperty("tcpKeepAlive", "true");
        if (!dsn.password().reveal().isEmpty()) {
            properties.setProperty("requireAuth", ConnectionParameters.AUTHENTICATION);
        }
        if (dsn.hosts().size() > 1) {
            properties.setProperty("targetServerType", "primary");
            properties.setProperty("hostRecheckSeconds", "0");
        }
        // The parameters of the connection string override the defaults.
        dsn.parameters().forEach(properties::setProperty);
        return properties;
    }

    @Override
    public void close() {
        pool.close();
    }
}
