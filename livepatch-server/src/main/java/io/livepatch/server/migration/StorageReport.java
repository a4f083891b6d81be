package io.livepatch.server.migration;

import io.livepatch.server.database.Database;
import io.livepatch.server.placement.CopyDao;
import io.livepatch.server.placement.StoreDao;
import io.livepatch.server.placement.StoreRegistry;
import io.livepatch.storage.StoreType;
import io.livepatch.storage.cache.CachedPatchStore;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Reads the status of storage from the database and this unit's stores. */
final class StorageReport {
    private static final int MAX_DAMAGED = 1000;

    private final CopyDao dao;
    private final StoreRegistry stores;
    private final Migration migration;

    StorageReport(Database database, StoreRegistry stores, Migration migration) {
        this.dao = database.dao(CopyDao.class);
        this.stores = stores;
        this.migration = migration;
    }

    /**
     * The status.
     *
     * @param type of the active store
     * @param configured the type in the configuration of this unit
     * @param problem why patches cannot be stored or served now
     * @param verified copies in the active store
     * @param damaged patches that are not offered because their bytes are lost or wrong, the first thousand
     * @param copies in other stores
     * @param moving whether a migration takes a step now
     * @param cache statistics of this unit's cache, if it has one
     */
    public record Status(
            String type,
            String configured,
            boolean shared,
            Optional<Instant> since,
            Optional<String> movedFrom,
            Optional<String> problem,
            long patches,
            long bytes,
            CopyDao.Verified verified,
            List<CopyDao.Damage> damaged,
            List<CopyDao.StoreSum> copies,
            boolean moving,
            Optional<CachedPatchStore.Figures> cache) {}

    Status status() {
        StoreType type = stores.readActiveType();
        Optional<StoreDao.Row> row = dao.activeStore();
        CopyDao.Sum all = dao.sum();
        return new Status(
                type.text(),
                stores.configuredType().text(),
                type.shared(),
                row.map(StoreDao.Row::since),
                row.map(StoreDao.Row::movedFrom),
                stores.health().problem(),
                all.patches(),
                all.bytes(),
                dao.verified(type.text()),
                dao.damages(type.text(), MAX_DAMAGED),
                dao.sumsInOtherStores(type.text()),
                migration.running(),
                stores.cacheFigures());
    }
}
