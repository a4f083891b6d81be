package io.livepatch.server.storage;

import io.livepatch.server.care.Custody;
import io.livepatch.server.care.Verification;
import io.livepatch.server.config.Config;
import io.livepatch.server.database.Database;
import io.livepatch.server.moving.Migration;
import io.livepatch.server.schema.Schema;
import io.livepatch.server.schema.SchemaException;
import io.livepatch.server.schema.SchemaStatus;
import io.livepatch.server.store.Stores;
import io.livepatch.server.unit.UnitRegistry;
import java.time.InstantSource;

/** Those parts of a server that work on stores needs. */
final class Workplace implements AutoCloseable {
    private final Database database;
    private final Stores.Opening opening;
    private final Stores stores;
    private final StorageResource resource;
    private final UnitRegistry units;

    private Workplace(
            Database database, Stores.Opening opening, Stores stores, StorageResource resource, UnitRegistry units) {
        this.database = database;
        this.opening = opening;
        this.stores = stores;
        this.resource = resource;
        this.units = units;
    }

    /**
     * Puts them together; no store is opened yet.
     *
     * @throws WorkplaceException if the database cannot be used
     */
    static Workplace open(Config config, Stores.Opening opening, InstantSource clock) {
        require(new Schema(config.database().dsn()));
        Database database = Database.of("livepatch-storage", config.database());
        // The cache is that of the server beside this program, whose copies are verified as well.
        Stores stores = new Stores(
                database,
                new Stores.Settings(
                        config.storage().type(),
                        config.server().unit(),
                        config.cache().cache()),
                opening,
                clock);
        Runnable changed = () -> {};
        Custody custody = new Custody(database, stores, changed);
        StorageResource resource = new StorageResource(
                new StorageReport(database, stores),
                new Verification(database, custody, stores),
                new Migration(database, stores, custody, changed));
        // This process is no unit and never reports: it only asks.
        UnitRegistry units = new UnitRegistry(
                database, config.server().unit(), config.server().changeWait());
        return new Workplace(database, opening, stores, resource, units);
    }

    private static void require(Schema schema) {
        try {
            SchemaStatus status = schema.status();
            if (!status.current()) {
                throw new WorkplaceException(status + ", and this program needs " + String.join(", ", status.pending())
                        + "; run 'livepatch-schema-tool upgrade' first");
            }
        } catch (SchemaException e) {
            throw new WorkplaceException(String.valueOf(e.getMessage()));
        }
    }

    Stores stores() {
        return stores;
    }

    StorageResource resource() {
        return resource;
    }

    UnitRegistry units() {
        return units;
    }

    @Override
    public void close() {
        stores.close();
        opening.close();
        database.close();
    }
}
