package io.livepatch.storage.postgres;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.StorageConfig;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A database to store in, through a pool like a unit's. */
final class PostgresPlace implements AutoCloseable {
    static final String NAME = "postgres://store@database/patches";

    private final HikariDataSource pool;
    private final Path spool;

    private PostgresPlace(HikariDataSource pool, Path spool) {
        this.pool = pool;
        this.spool = spool;
    }

    /**
     * Makes the pool; connects to nothing yet.
     *
     * @param dsn {@code postgres://user:password@host:port/database}
     * @param patience how long the pool waits for a database that is away
     */
    static PostgresPlace of(String dsn, Path spool, int connections, Duration patience) {
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
        config.setConnectionTimeout(patience.toMillis());
        config.setValidationTimeout(250);
        config.setInitializationFailTimeout(-1);
        return new PostgresPlace(new HikariDataSource(config), spool);
    }

    StorageConfig.Postgres config() {
        return new StorageConfig.Postgres(pool, NAME, spool);
    }

    PatchStore open() {
        return PostgresPatchStore.open(config());
    }

    @Override
    public void close() {
        pool.close();
    }
}
