package io.livepatch.server;

import io.livepatch.server.config.Config;
import io.livepatch.server.config.PatchCacheConfig;
import io.livepatch.server.database.Database;
import io.livepatch.server.store.ConfiguredStores;
import io.livepatch.server.store.StoreRefusedException;
import io.livepatch.server.store.Stores;
import io.livepatch.storage.CacheConfig;
import io.livepatch.storage.StoreException;
import java.time.InstantSource;
import java.util.Optional;

/** How a unit comes by its stores. */
final class StoreStart {
    private StoreStart() {}

    /** Opened now, so that a unit that could not serve says so when it is started, and not only when it is asked for a patch. */
    static Stores open(Config config, Lifecycle lifecycle, Database database, boolean reachable, InstantSource clock) {
        ConfiguredStores opening = lifecycle.own(new ConfiguredStores(config));
        Stores stores = lifecycle.own(new Stores(
                database,
                new Stores.Settings(config.storage().type(), config.server().unit(), cache(config.cache())),
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

    private static Optional<CacheConfig> cache(PatchCacheConfig config) {
        return config.enabled()
                ? Optional.of(new CacheConfig(config.path(), config.size(), config.ttl()))
                : Optional.empty();
    }

    static Optional<String> settled(Stores stores) {
        try {
            stores.settle();
            return Optional.empty();
        } catch (StoreRefusedException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }
}
