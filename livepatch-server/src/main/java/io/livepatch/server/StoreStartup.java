package io.livepatch.server;

import io.livepatch.server.config.Config;
import io.livepatch.server.database.Database;
import io.livepatch.server.disk.DiskSpaceMonitor;
import io.livepatch.server.health.Check.Fault;
import io.livepatch.server.store.ConfiguredStores;
import io.livepatch.server.store.StoreRefusedException;
import io.livepatch.server.store.Stores;
import io.livepatch.storage.StoreException;
import io.livepatch.storage.StoreType;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** How a unit comes by its stores. */
final class StoreStartup {
    private StoreStartup() {}

    /** Opened now, so that a unit that could not serve says so when it is started, and not only when it is asked for a patch. */
    static Stores open(Config config, Lifecycle lifecycle, Database database, boolean reachable, InstantSource clock) {
        ConfiguredStores opening = lifecycle.own(new ConfiguredStores(config));
        Stores stores = lifecycle.own(new Stores(
                database,
                new Stores.Settings(
                        config.storage().type(),
                        config.server().unit(),
                        config.cache().cache()),
                opening,
                clock));
        try {
            if (reachable) {
                stores.settle();
            }
            stores.inEffect();
            return stores;
        } catch (StoreException | StoreRefusedException e) {
            throw new StartException(String.valueOf(e.getMessage()), e);
        }
    }

    /** The directories of this unit whose free space matters. Patches on their way to a shared store lie in the cache's directory. */
    static List<DiskSpaceMonitor.Place> places(Config config, Stores stores) {
        return List.of(
                new DiskSpaceMonitor.Place(
                        "store",
                        () -> Optional.of(config.storage().filesystemPath())
                                .filter(_ -> stores.type() == StoreType.FILESYSTEM)),
                new DiskSpaceMonitor.Place(
                        "cache",
                        () -> Optional.of(config.cache().path()).filter(_ -> stores.type() != StoreType.FILESYSTEM)));
    }

    static Optional<Fault> settled(Stores stores) {
        try {
            stores.settle();
            return Optional.empty();
        } catch (StoreRefusedException e) {
            return Optional.of(Fault.lasting(String.valueOf(e.getMessage())));
        }
    }
}
