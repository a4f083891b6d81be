package io.livepatch.server.placement;

import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.StoreType;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out the {@link StoreDecision} of a starting unit.
 *
 * @param ownDisk the store on this unit's disk
 */
record StoreResolver(CopyDao dao, StoreRegistry.Settings settings, Supplier<PatchStore> ownDisk) {
    private static final Logger LOG = LoggerFactory.getLogger(StoreResolver.class);

    StoreLocation resolve() {
        return switch (dao.inTransaction(this::decide)) {
            case StoreDecision.Use(StoreLocation active, Optional<String> warning) -> {
                warning.ifPresent(LOG::warn);
                yield active;
            }
            case StoreDecision.Adopt _ -> adoptConfigured();
            case StoreDecision.VerifyOwnDisk(Optional<String> recordedUnit) -> takeOver(recordedUnit);
            case StoreDecision.Refuse(String reason) -> throw new StoreRefusedException(reason);
        };
    }

    private StoreDecision decide(CopyDao tx) {
        return StoreDecision.of(
                settings.type(),
                settings.unit(),
                tx.stores().activeStore(),
                tx.sum().patches());
    }

    /** Decides again under the catalog's lock: another unit may record its store, or an upload may add the first patch. */
    private StoreLocation adoptConfigured() {
        return dao.inTransaction(tx -> {
            tx.lockCatalog();
            return switch (decide(tx)) {
                case StoreDecision.Use(StoreLocation active, Optional<String> _) -> active;
                case StoreDecision.Adopt(StoreLocation configured) -> {
                    tx.stores()
                            .setActiveStore(
                                    configured.type().text(),
                                    null,
                                    configured.unit().orElse(null));
                    yield configured;
                }
                case StoreDecision.VerifyOwnDisk(Optional<String> recordedUnit) ->
                    throw foreignDisk(recordedUnit, "it came first");
                case StoreDecision.Refuse(String reason) -> throw new StoreRefusedException(reason);
            };
        });
    }

    /** A unit that replaced another one and has its disk holds all patches; a unit that was added holds none. */
    private StoreLocation takeOver(Optional<String> recordedUnit) {
        if (recordedUnit.isPresent()) {
            requireAllPatches(recordedUnit);
            LOG.warn(
                    "the patches were on the disk of unit '{}', and are all on that of '{}', which serves them from now on",
                    recordedUnit.get(),
                    settings.unit());
        }
        int _ = dao.<Integer, RuntimeException>inTransaction(tx -> tx.stores().claimDisk(settings.unit()));
        return StoreDecision.location(StoreType.FILESYSTEM, settings.unit());
    }

    private void requireAllPatches(Optional<String> recordedUnit) {
        PatchStore store = ownDisk.get();
        for (CatalogPatch row : dao.patchesAfter("", Integer.MAX_VALUE)) {
            Patch patch = row.patch();
            Optional<PatchContent> content = store.open(patch.name());
            content.ifPresent(PatchContent::close);
            if (!content.map(PatchContent::patch).equals(Optional.of(patch))) {
                throw foreignDisk(recordedUnit, "its own disk does not hold patch '" + patch.name() + "'");
            }
        }
    }

    private StoreRefusedException foreignDisk(Optional<String> owner, String evidence) {
        return new StoreRefusedException(StoreDecision.foreignDisk(owner.orElse("unknown"), settings.unit(), evidence));
    }
}
