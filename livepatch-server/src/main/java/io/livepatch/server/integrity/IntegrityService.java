package io.livepatch.server.integrity;

import io.livepatch.server.database.Database;
import io.livepatch.server.integrity.IntegrityCheck.CheckResult;
import io.livepatch.server.placement.CatalogPatch;
import io.livepatch.server.placement.CopyDao;
import io.livepatch.server.placement.StoreRegistry;
import io.livepatch.storage.InvalidNameException;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.Sha256;
import io.livepatch.storage.StoreException;
import io.livepatch.storage.StoreType;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares the bytes of a patch in the active store with the catalog, and records the result in the database: a patch whose bytes differ
 * is marked as damaged and not offered, and the mark is removed when they are right again. Before the record changes, the bytes are read
 * once more under the lock of the patch's name: an upload or a removal may have changed them since. Thread-safe, also across units.
 */
public final class IntegrityService {
    private static final Logger LOG = LoggerFactory.getLogger(IntegrityService.class);

    private final CopyDao dao;
    private final StoreRegistry stores;
    private final Runnable onChange;

    /**
     * Reads nothing yet.
     *
     * @param onChange is called when a patch left the catalog's answers or came back, so that this unit's catalog shows it at once
     */
    public IntegrityService(Database database, StoreRegistry stores, Runnable onChange) {
        this.dao = database.dao(CopyDao.class);
        this.stores = stores;
        this.onChange = onChange;
    }

    /** The patch of that name, if the catalog has one. */
    public Optional<CatalogPatch> find(PatchName name) {
        return dao.findPatch(name.fileName());
    }

    /** Checks the bytes and records the result. */
    public CheckResult check(CatalogPatch patch) {
        return check(patch, bytes -> bytes);
    }

    /** As {@link #check(CatalogPatch)}; the bytes are read through {@code limiter}. */
    CheckResult check(CatalogPatch patch, UnaryOperator<InputStream> limiter) {
        StoreType type = stores.activeType();
        CheckResult result = check(patch, stores.store(type), limiter);
        if (result.damaged()) {
            // Before the result is recorded: the database may be unreachable, and no process of this unit may send the
            // bytes that it has mapped.
            recheckLocalFile(patch);
        }
        boolean recorded = result.whole() && dao.recordWhole(patch.patchId(), type.text()) > 0;
        return recorded ? result : checkLocked(patch, type, confirmed -> confirmed);
    }

    private void recheckLocalFile(CatalogPatch patch) {
        try {
            stores.recheck(patch.patch());
        } catch (InvalidNameException | StoreException e) {
            LOG.debug("this unit's file of patch '{}' cannot be checked", patch.filename(), e);
        }
    }

    private static CheckResult check(CatalogPatch patch, PatchStore store, UnaryOperator<InputStream> limiter) {
        try {
            return IntegrityCheck.of(store, patch.patch(), limiter);
        } catch (InvalidNameException e) {
            return CheckResult.rotten(String.valueOf(e.getMessage()));
        }
    }

    /**
     * Deletes the stored bytes of a patch if they are damaged, so that an upload can store new ones. The patch stays marked until the new
     * bytes are stored and {@linkplain #check checked}.
     *
     * @return whether they were damaged
     */
    public boolean discardIfDamaged(CatalogPatch patch) {
        if (!check(patch).damaged()) {
            return false;
        }
        StoreType type = stores.activeType();
        CheckResult result = checkLocked(patch, type, confirmed -> {
            if (confirmed.damaged()) {
                stores.store(type).delete(patch.patch().name());
            }
            return confirmed;
        });
        return result.damaged();
    }

    /**
     * Replaces damaged bytes of a patch by good ones.
     *
     * @param spareCopy returns a copy of the patch that this unit has elsewhere
     * @return whether there is such a copy, and the patch is whole now
     */
    boolean repair(CatalogPatch row, Function<Patch, Optional<PatchContent>> spareCopy) {
        Patch patch = row.patch();
        try (PatchContent content = spareCopy.apply(patch).orElse(null)) {
            if (content == null || !hasDigest(content, patch)) {
                return false;
            }
            StoreType type = stores.activeType();
            return checkLocked(
                            row,
                            type,
                            result -> result.damaged() ? replace(stores.store(type), patch, content) : result)
                    .whole();
        }
    }

    /** Checked before damaged bytes are deleted to store these. */
    private static boolean hasDigest(PatchContent content, Patch patch) {
        try (InputStream bytes = content.read(0, content.patch().size())) {
            return Sha256.of(bytes).equals(patch.sha256());
        } catch (IOException | StoreException e) {
            LOG.warn("cannot repair patch '{}' with a copy that cannot be read: {}", patch.name(), e.getMessage());
            return false;
        }
    }

    private static CheckResult replace(PatchStore store, Patch patch, PatchContent content) {
        store.delete(patch.name());
        try (InputStream bytes = content.read(0, patch.size())) {
            store.put(patch.name(), bytes, patch.sha256());
        } catch (IOException e) {
            throw new StoreException.SourceFailed(patch.name(), e);
        }
        return IntegrityCheck.of(store, patch);
    }

    /** Checks the bytes again under the lock of the patch's name, applies the remedy to the result, and records what it returns. */
    private CheckResult checkLocked(CatalogPatch patch, StoreType type, UnaryOperator<CheckResult> remedy) {
        record Recorded(CheckResult result, Optional<String> earlierDamage) {}
        Recorded recorded = dao.inTransaction(tx -> {
            tx.lockName(patch.filename());
            if (!tx.isInCatalog(patch.patchId())) {
                return new Recorded(CheckResult.GONE, Optional.empty());
            }
            CheckResult result = remedy.apply(check(patch, stores.store(type), bytes -> bytes));
            Optional<String> earlierDamage = tx.damageReason(patch.patchId(), type.text());
            tx.lockCatalog();
            if (tx.stores().isActive(type.text())) {
                tx.mark(patch.patchId(), type.text(), result.whole() ? null : result.reason());
            }
            return new Recorded(result, earlierDamage);
        });
        publish(patch, type, recorded.earlierDamage(), recorded.result());
        return recorded.result();
    }

    private void publish(CatalogPatch patch, StoreType type, Optional<String> earlierDamage, CheckResult result) {
        if (result.damaged() && earlierDamage.isEmpty()) {
            LOG.error(
                    "patch '{}' is damaged in store '{}' and no longer offered: {}; upload it again with"
                            + " 'livepatch-admin patch add', which replaces the damaged bytes",
                    patch.filename(),
                    type,
                    result.reason());
            onChange.run();
        } else if (result.whole() && earlierDamage.isPresent()) {
            LOG.info("patch '{}' is whole again in store '{}' and offered again", patch.filename(), type);
            onChange.run();
        }
    }
}
