package io.livepatch.server.storage;

import io.livepatch.server.database.Database;
import io.livepatch.server.store.Stores;
import io.livepatch.storage.StoreType;
import java.util.Optional;

/** Gathers the status of storage. */
public final class StorageReport {
    private static final int MOST_DAMAGED = 1000;

    private final StatusDao dao;
    private final Stores stores;

    /** Asks nothing yet. */
    public StorageReport(Database database, Stores stores) {
        this.dao = database.dao(StatusDao.class);
        this.stores = stores;
    }

    StorageStatus status() {
        StoreType type = stores.current();
        Optional<StatusDao.Place> place = dao.place();
        StatusDao.Sum all = dao.all();
        StatusDao.Looked looked = dao.looked(type.text());
        return new StorageStatus(
                type.text(),
                stores.configured().text(),
                type.shared(),
                place.map(StatusDao.Place::since),
                place.map(StatusDao.Place::movedFrom),
                stores.problem(),
                all.patches(),
                all.bytes(),
                new StorageStatus.Verified(looked.patches(), Optional.ofNullable(looked.oldest())),
                dao.damaged(type.text(), MOST_DAMAGED),
                dao.elsewhere(type.text()),
                dao.moving(),
                stores.cacheFigures());
    }
}
