package io.livepatch.server.placement;

import io.livepatch.server.config.Dsn;
import io.livepatch.server.config.UnitConfig;
import io.livepatch.server.config.UnitConfig.DatabaseConfig;
import io.livepatch.server.database.Database;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.PatchStores;
import io.livepatch.storage.StorageConfig;
import io.livepatch.storage.StoreException;
import io.livepatch.storage.StoreType;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Opens stores by the configuration. Thread-safe. */
public final class StoreFactory implements StoreRegistry.Opener {
    /** In a pool of their own, so that downloads never keep check-ins waiting for a connection. */
    private static final int CONNECTIONS = 4;

    private final UnitConfig config;
    /** The database of the PostgreSQL store; may change. */
    private DatabaseConfig patches;

    private @Nullable Database database;

    public StoreFactory(UnitConfig config) {
        this.config = config;
        this.patches = patches(config);
    }

    private static DatabaseConfig patches(UnitConfig config) {
        DatabaseConfig catalog = config.database();
        return new DatabaseConfig(patchDatabase(config), CONNECTIONS, catalog.lifetimeMax());
    }

    /** The database of the PostgreSQL store: its own one, or else that of the catalog. */
    public static Dsn patchDatabase(UnitConfig config) {
        return config.storage().postgres().orElse(config.database().dsn());
    }

    /** Changes the database of the PostgreSQL store, also while the store is open; the other options of stores stay as they were. */
    public synchronized void changeDatabase(UnitConfig next) {
        patches = patches(next);
        if (database != null) {
            database.switchTo(patches);
        }
    }

    /** The database of the PostgreSQL store; empty while that is not open. */
    public synchronized Optional<Dsn> databaseInUse() {
        return Optional.ofNullable(database).map(Database::dsn);
    }

    /** The configuration of the unit's stores. */
    public static StoreRegistry.Settings settings(UnitConfig config) {
        return new StoreRegistry.Settings(
                config.storage().type(), config.server().unit(), config.cache().cache());
    }

    @Override
    public PatchStore open(StoreType type) {
        return PatchStores.open(
                switch (type) {
                    case FILESYSTEM ->
                        new StorageConfig.Filesystem(
                                config.storage().filesystemPath(),
                                config.server().unit());
                    case POSTGRES -> postgres();
                    case S3 -> s3();
                });
    }

    private synchronized StorageConfig postgres() {
        Database pool = Database.of("livepatch-patches", patches);
        database = pool;
        return new StorageConfig.Postgres(
                pool.source(), () -> pool.dsn().toString(), config.cache().path());
    }

    private StorageConfig s3() {
        return config.storage()
                .s3()
                .map(s3 -> s3.store(config.cache().path()))
                .orElseThrow(() -> new StoreException.Unavailable(
                        "unit '" + config.server().unit()
                                + "' does not know the bucket with the patches; set patch-storage.s3-bucket and the"
                                + " keys that go with it",
                        null,
                        true));
    }

    @Override
    public synchronized void close() {
        if (database != null) {
            database.close();
        }
    }
}
