package io.livepatch.storage.postgres;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.StorageConfig;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A connection pool with the settings of a unit's, and the configuration of a store that uses it. */
final class PooledDatabase implements AutoCloseable {
    static final String ADDRESS = "postgres://store@database/patches";

    private final HikariDataSource pool;
    private final Path spool;

    private PooledDatabase(HikariDataSource pool, Path spool) {
        this.pool = pool;
        this.spool = spool;
    }

    /**
     * Creates the pool without connecting.
     *
     * @param dsn {@code postgres://user:password@host:port/database}
     * @param timeout how long the pool waits for a connection
     */
    static PooledDatabase of(String dsn, Path spool, int connections, Duration timeout) {
        URI uri = URI.create(dsn);
        List<String> user = List.of(uri.getUserInfo().split(":", 2));
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl("jdbc:postgresql://" + uri.getAuthority().replaceFirst(".*@", "") + uri.getPath());
        config.setUsername(user.getFirst());
        config.setPassword(user.getLast());
        config.addDataSourceProperty("connectTimeout", "2");
        config.addDataSourceProperty("socketTimeout", "30");
        config.setMaximumPoolSize(connections);
        config.setMinimumIdle(0);
        config.setConnectionTimeout(timeout.toMillis());
        config.setValidationTimeout(250);
        config.setInitializationFailTimeout(-1);
        return new PooledDatabase(new HikariDataSource(config), spool);
    }

    StorageConfig.Postgres config() {
        return new StorageConfig.Postgres(pool, () -> ADDRESS, spool);
    }

    PatchStore open() {
        return PostgresPatchStore.open(config());
    }

    @Override
    public void close() {
        pool.close();
    }
}
