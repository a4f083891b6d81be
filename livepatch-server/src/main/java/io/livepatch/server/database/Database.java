package io.livepatch.server.database;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.util.DriverDataSource;
import io.livepatch.server.config.Config.DatabaseConfig;
import io.livepatch.server.config.Dsn;
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

/** The pool of connections to PostgreSQL and JDBI on top of it. Connects when first asked, so it starts without a database. */
public final class Database implements AutoCloseable {
    /** How long a request waits for a connection before it is told that the database is away. */
    private static final Duration CONNECTION_TIMEOUT = Duration.ofSeconds(3);

    private static final int MINIMUM_IDLE = 2;
    private static final Duration VALIDATION_TIMEOUT = Duration.ofSeconds(1);

    private final Dsn dsn;
    private final HikariDataSource pool;
    private final Jdbi jdbi;

    private Database(Dsn dsn, HikariDataSource pool) {
        this.dsn = dsn;
        this.pool = pool;
        this.jdbi = Jdbi.create(pool).installPlugin(new PostgresPlugin()).installPlugin(new SqlObjectPlugin());
        // Otherwise the message of a failed statement holds its parameters, and they may be keys.
        jdbi.getConfig(StatementExceptions.class).setMessageRendering(StatementExceptions.MessageRendering.NONE);
    }

    /**
     * Makes the pool; no connection is opened yet.
     *
     * @param name of the pool, in logs
     */
    public static Database of(String name, DatabaseConfig config) {
        HikariConfig hikari = new HikariConfig();
        hikari.setPoolName(name);
        hikari.setJdbcUrl(jdbcUrl(config.dsn()));
        hikari.setDataSourceProperties(properties(config.dsn()));
        hikari.setMaximumPoolSize(config.poolMax());
        hikari.setMinimumIdle(Math.min(MINIMUM_IDLE, config.poolMax()));
        hikari.setMaxLifetime(config.lifetimeMax().toMillis());
        // HikariCP warns of an idle time that is near the lifetime, and of one that a fixed pool cannot use.
        hikari.setIdleTimeout(
                config.poolMax() > MINIMUM_IDLE
                        ? config.lifetimeMax().dividedBy(2).toMillis()
                        : 0);
        hikari.setConnectionTimeout(CONNECTION_TIMEOUT.toMillis());
        hikari.setValidationTimeout(VALIDATION_TIMEOUT.toMillis());
        hikari.setInitializationFailTimeout(-1);
        return new Database(config.dsn(), new HikariDataSource(hikari));
    }

    /** A connection outside the pool, for what holds one for ever, such as LISTEN. The caller closes it. */
    public Connection dedicated() throws SQLException {
        return DriverManager.getConnection(jdbcUrl(dsn), properties(dsn));
    }

    /**
     * A connection outside the pool that gives up soon. The caller closes it.
     *
     * @param patience for the connection, and for each answer; whole seconds
     */
    Connection dedicated(Duration patience) throws SQLException {
        Properties properties = properties(dsn);
        properties.setProperty("connectTimeout", String.valueOf(patience.toSeconds()));
        properties.setProperty("socketTimeout", String.valueOf(patience.toSeconds()));
        return DriverManager.getConnection(jdbcUrl(dsn), properties);
    }

    /** Connections outside any pool, with no limit on how long a statement takes: for migrations. */
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

    /** The pool itself, for who speaks JDBC. */
    public DataSource source() {
        return pool;
    }

    public Jdbi jdbi() {
        return jdbi;
    }

    /** A SqlObject interface as an object; each call takes a connection from the pool and gives it back. */
    public <T> T dao(Class<T> type) {
        return jdbi.onDemand(type);
    }

    /** A statement that {@link #dao} would be too slow for; each run takes a connection from the pool and gives it back. */
    public <A, R> HotQuery<A, R> hot(String sql, HotQuery.Arguments<A> arguments, HotQuery.Row<R> row) {
        return new HotQuery<>(pool, sql, arguments, row);
    }

    /**
     * Does work while a transaction is open, whose locks it needs and nothing else: it has a connection of its own, and is never
     * committed. What other objects of {@link #dao} do meanwhile on this thread would join a transaction of one of them.
     *
     * @param lock is given an object on that connection
     */
    public <T, R> R holding(Class<T> type, Function<T, R> lock) {
        try (Handle handle = jdbi.open()) {
            handle.begin();
            try {
                return lock.apply(handle.attach(type));
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
        if (dsn.hosts().size() > 1) {
            properties.setProperty("targetServerType", "primary");
            properties.setProperty("hostRecheckSeconds", "0");
        }
        // What the operator says wins over what is ours.
        dsn.parameters().forEach(properties::setProperty);
        return properties;
    }

    @Override
    public void close() {
        pool.close();
    }
}
