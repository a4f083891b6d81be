package io.livepatch.server;

import io.livepatch.server.config.Config;
import io.livepatch.server.database.Database;
import io.livepatch.server.disk.DiskSpaceMonitor;
import io.livepatch.server.health.Check.Fault;
import io.livepatch.server.placement.StoreFactory;
import io.livepatch.server.placement.StoreRefusedException;
import io.livepatch.server.placement.StoreRegistry;
import io.livepatch.storage.StoreException;
import io.livepatch.storage.StoreType;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** Opens the stores of a starting unit. */
final class StoreStartup {
    private StoreStartup() {}

    /** The configuration of stores. */
    static StoreRegistry.Settings settings(Config config) {
        return new StoreRegistry.Settings(
                config.storage().type(), config.server().unit(), config.cache().cache());
    }

    /** Opens the active store, so that a unit that cannot serve fails when it starts instead of at the first request. */
    static StoreRegistry open(
            Config config, Lifecycle lifecycle, Database database, boolean reachable, InstantSource clock) {
        StoreFactory opener = lifecycle.own(new StoreFactory(config));
        StoreRegistry stores = lifecycle.own(new StoreRegistry(database, settings(config), opener, clock));
        try {
            if (reachable) {
                stores.resolve();
            }
            stores.activeStore();
            return stores;
        } catch (StoreException | StoreRefusedException e) {
            throw new StartException(String.valueOf(e.getMessage()), e);
        }
    }

    /** The directories that need free space. Uploads to a shared store are spooled in the cache's directory. */
    static List<DiskSpaceMonitor.Place> directories(Config config, StoreRegistry stores) {
        return List.of(
                new DiskSpaceMonitor.Place(
                        "store",
                        () -> Optional.of(config.storage().filesystemPath())
                                .filter(_ -> stores.activeType() == StoreType.FILESYSTEM)),
                new DiskSpaceMonitor.Place(
                        "cache",
                        () -> Optional.of(config.cache().path())
                                .filter(_ -> stores.activeType() != StoreType.FILESYSTEM)));
    }

    static Optional<Fault> resolve(StoreRegistry stores) {
        try {
            stores.resolve();
            return Optional.empty();
        } catch (StoreRefusedException e) {
            return Optional.of(Fault.lasting(String.valueOf(e.getMessage())));
        }
    }
}
