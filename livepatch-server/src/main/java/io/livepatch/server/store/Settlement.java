package io.livepatch.server.store;

import io.livepatch.server.catalog.StorePlace;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.Sha256;
import io.livepatch.storage.StoreType;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out where patches are, and writes it down where nobody has.
 *
 * @param own this unit's store on its own disk
 */
record Settlement(StoreDao dao, Stores.Settings settings, Supplier<PatchStore> own) {
    private static final Logger LOG = LoggerFactory.getLogger(Settlement.class);

    StorePlace settle() {
        return switch (choice(dao)) {
            case Choice.Follow(StorePlace there, Optional<String> warning) -> {
                warning.ifPresent(LOG::warn);
                yield there;
            }
            case Choice.Settle _ -> write();
            case Choice.Prove(Optional<String> before) -> takeOver(before);
            case Choice.Refuse(String reason) -> throw new StoreRefusedException(reason);
        };
    }

    private Choice choice(StoreDao dao) {
        return Choice.of(settings.type(), settings.unit(), dao.find(), dao.patches());
    }

    /** Looked at again under the lock: another unit may be settling, or somebody may be storing the first patch. */
    private StorePlace write() {
        return dao.inTransaction(tx -> {
            tx.lockCatalog();
            return switch (choice(tx)) {
                case Choice.Follow(StorePlace there, Optional<String> _) -> there;
                case Choice.Settle(StorePlace wanted) -> {
                    tx.set(wanted.type().text(), null, wanted.unit().orElse(null));
                    yield wanted;
                }
                case Choice.Prove(Optional<String> before) -> throw foreign(before, "it came first");
                case Choice.Refuse(String reason) -> throw new StoreRefusedException(reason);
            };
        });
    }

    /** A unit that took the place of another, its disk included, has all patches; one that was just added has none. */
    private StorePlace takeOver(Optional<String> before) {
        if (before.isPresent()) {
            requireAll(before);
            LOG.warn(
                    "the patches were on the disk of unit '{}', and are all on that of '{}', which serves them from now on",
                    before.get(),
                    settings.unit());
        }
        int _ = dao.own(settings.unit());
        return Choice.place(StoreType.FILESYSTEM, settings.unit());
    }

    private void requireAll(Optional<String> before) {
        PatchStore store = own.get();
        for (StoreDao.Listed listed : dao.listed()) {
            PatchName name = PatchName.parse(listed.filename());
            Patch patch = new Patch(name, listed.size(), new Sha256(listed.sha256()));
            Optional<PatchContent> content = store.open(name);
            content.ifPresent(PatchContent::close);
            if (!content.map(PatchContent::patch).equals(Optional.of(patch))) {
                throw foreign(before, "its own disk does not hold patch '" + name + "'");
            }
        }
    }

    private StoreRefusedException foreign(Optional<String> owner, String evidence) {
        return new StoreRefusedException(Choice.foreign(owner.orElse("unknown"), settings.unit(), evidence));
    }
}
