package io.livepatch.server.patch;

import io.livepatch.server.database.Database;
import io.livepatch.server.integrity.IntegrityService;
import io.livepatch.server.patch.inspect.InspectedSource;
import io.livepatch.server.patch.inspect.Inspection;
import io.livepatch.server.patch.inspect.InspectionLimits;
import io.livepatch.server.placement.CatalogPatch;
import io.livepatch.server.placement.StoreLocation;
import io.livepatch.server.placement.StoreRegistry;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.Sha256;
import io.livepatch.storage.StoreException;
import io.livepatch.storage.StoreType;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Adds and removes patches. Bytes are stored before the row is inserted, and deleted after the row is. So a crash in between leaves bytes
 * without a row, which are not offered and which the next upload of the patch reuses, and never a row without bytes. Thread-safe, also
 * across units.
 */
public final class Patches {
    private static final Logger LOG = LoggerFactory.getLogger(Patches.class);

    private final PatchDao dao;
    private final StoreRegistry stores;
    private final IntegrityService integrity;
    private final Runnable onChange;
    private final long maxSize;
    private final InspectionLimits limits;

    /**
     * Reads nothing yet.
     *
     * @param integrity of the same stores: an upload replaces damaged bytes
     * @param onChange is called after each change, so that this unit's catalog shows it at once; the database notifies the other units
     * @param maxSize of a patch, in bytes
     */
    public Patches(
            Database database, StoreRegistry stores, IntegrityService integrity, Runnable onChange, long maxSize) {
        this.dao = database.dao(PatchDao.class);
        this.stores = stores;
        this.integrity = integrity;
        this.onChange = onChange;
        this.maxSize = maxSize;
        this.limits = InspectionLimits.forPatchesOf(maxSize);
    }

    /** A patch that was uploaded, and whether it is new. */
    record Uploaded(PatchInfo patch, boolean created) {}

    long maxSize() {
        return maxSize;
    }

    /** Checks the announced length and digest before the first byte is read. */
    void checkAnnounced(PatchName name, Sha256 sha256, long length) {
        if (length > maxSize) {
            throw BoundedSource.tooLarge(maxSize);
        }
        dao.find(name.fileName())
                .filter(row -> !row.sha256().equals(sha256.hex()))
                .ifPresent(row -> {
                    throw conflict(name, row, sha256);
                });
    }

    private static ProblemException conflict(PatchName name, PatchDao.Row row, Sha256 offered) {
        return new ProblemException.Conflict("patch '" + name + "' is there already with sha256 " + row.sha256()
                + ", not " + offered + "; give the new bytes a new version, or remove the patch first");
    }

    /**
     * Stores a patch and adds it to the first tier. A patch that the catalog has keeps its row; its damaged bytes are replaced.
     *
     * @param force whether to accept unusual contents, such as a module for another kernel than the name says
     * @throws ProblemException.PatchRefused if it is not a patch, or unusual without {@code force}; nothing is stored
     */
    Uploaded upload(PatchName name, Sha256 sha256, InputStream bytes, boolean force) {
        StoreType type = stores.readActiveType();
        InspectedSource source =
                new InspectedSource(new BoundedSource(bytes, maxSize), name, limits, policy(name, sha256, force));
        Optional<CatalogPatch> damaged = integrity
                .find(name)
                .filter(known -> known.sha256().equals(sha256.hex()))
                .filter(integrity::discardIfDamaged);
        Patch stored = stores.store(type).put(name, source, sha256).patch();
        Inspection contents = source.inspection();
        Optional<ProblemException> refusal = contents.problem(name, force);
        Recorded recorded = record(stored, type, refusal);
        while (recorded instanceof Recorded.StoreSwitched(StoreType to)) {
            // The migration listed the patches for the last time before this one had a row, so it did not copy the
            // bytes.
            copyBytes(stored, type, to);
            type = to;
            recorded = record(stored, type, refusal);
        }
        damaged.ifPresent(integrity::check);
        boolean created = recorded instanceof Recorded.Row(boolean inserted) && inserted;
        if (created) {
            LOG.info("patch '{}' added, {} bytes", name, stored.size());
            contents.unusual().forEach(one -> LOG.warn("patch '{}' was added by force: {}", name, one));
            onChange.run();
        }
        return new Uploaded(show(name).with(contents), created);
    }

    /** Bytes with the digest of the catalog are accepted in any case: they may be older than the inspection of uploads. */
    private InspectedSource.Policy policy(PatchName name, Sha256 sha256, boolean force) {
        boolean known = dao.find(name.fileName())
                .filter(row -> row.sha256().equals(sha256.hex()))
                .isPresent();
        if (known) {
            return InspectedSource.Policy.REPORT;
        }
        return force ? InspectedSource.Policy.REFUSE_OTHER_FILES : InspectedSource.Policy.REFUSE_UNUSUAL;
    }

    /** The result of inserting the row. */
    private sealed interface Recorded {
        record Row(boolean created) implements Recorded {}

        /** A migration switched to another store. */
        record StoreSwitched(StoreType to) implements Recorded {}
    }

    private Recorded record(Patch patch, StoreType type, Optional<ProblemException> refusal) {
        return dao.inTransaction(tx -> {
            tx.lockName(patch.name().fileName());
            // Another request may have removed the patch since the store reported that it has the bytes.
            if (!isStored(patch.name(), type)) {
                throw new ProblemException.Unavailable(
                        "patch '" + patch.name() + "' was removed while it was uploaded; send it again");
            }
            return record(tx, patch, type, refusal);
        });
    }

    private boolean isStored(PatchName name, StoreType type) {
        Optional<PatchContent> content = stores.store(type).open(name);
        content.ifPresent(PatchContent::close);
        return content.isPresent();
    }

    private void copyBytes(Patch patch, StoreType from, StoreType to) {
        try (PatchContent content = stores.store(from)
                        .open(patch)
                        .orElseThrow(() -> new ProblemException.Unavailable(
                                "patch '" + patch.name() + "' was removed while it was uploaded; send it again"));
                InputStream bytes = content.read(0, patch.size())) {
            stores.store(to).put(patch.name(), bytes, patch.sha256());
        } catch (IOException e) {
            throw new ProblemException.Unavailable(
                    "the patches were moved to another store while '" + patch.name() + "' was uploaded; send it again",
                    e);
        }
    }

    private Recorded record(PatchDao tx, Patch patch, StoreType type, Optional<ProblemException> refusal) {
        PatchName name = patch.name();
        Optional<PatchDao.Row> row = tx.find(name.fileName());
        if (row.isPresent()) {
            if (!row.get().sha256().equals(patch.sha256().hex())) {
                throw conflict(name, row.get(), patch.sha256());
            }
            return new Recorded.Row(false);
        }
        // A patch that was removed during the upload is a new patch, which the inspection may refuse.
        refusal.ifPresent(problem -> {
            throw problem;
        });
        tx.lockCatalog();
        // A migration switches under the same lock, after it listed the rows for the last time.
        Optional<StoreType> now = readActiveType(tx);
        if (now.isPresent() && now.get() != type) {
            return new Recorded.StoreSwitched(now.get());
        }
        tx.insert(
                name.fileName(),
                name.kernel().text(),
                name.architecture().name(),
                name.version().toString(),
                patch.sha256().bytes(),
                patch.size());
        tx.addToFirstTier(name.fileName());
        return new Recorded.Row(true);
    }

    /** Reads and follows the active store in the transaction, so that an upload to the disk of a unit that lost this role fails. */
    private Optional<StoreType> readActiveType(PatchDao tx) {
        Optional<StoreLocation> location = tx.copies().stores().activeLocation();
        location.ifPresent(active -> {
            stores.switchTo(active);
            stores.activeStore();
        });
        return location.map(StoreLocation::type);
    }

    /** Removes a patch from all tiers, and its bytes from the active store and the stores that a migration copied them to. */
    void remove(PatchName name) {
        Removed removed = dao.inTransaction(tx -> {
            tx.lockCatalog();
            List<StoreType> copies = tx.copies().storesOf(name.fileName()).stream()
                    .flatMap(text -> StoreType.parse(text).stream())
                    .toList();
            return new Removed(tx.delete(name.fileName()) > 0, copies);
        });
        if (removed.found()) {
            onChange.run();
        }
        boolean bytes = dao.inTransaction(tx -> {
            tx.lockName(name.fileName());
            // An upload since the first transaction gave the bytes a row again.
            return tx.find(name.fileName()).isEmpty() && delete(name, removed.copies());
        });
        if (!removed.found() && !bytes) {
            throw unknown(name);
        }
        LOG.info("patch '{}' removed", name);
    }

    private record Removed(boolean found, List<StoreType> copies) {}

    private boolean delete(PatchName name, List<StoreType> copies) {
        StoreType active = stores.readActiveType();
        for (StoreType other : copies) {
            if (other != active) {
                deleteCopy(name, other);
            }
        }
        return stores.delete(name);
    }

    /** Deletes a copy in an inactive store. A failure is only logged, since machines get nothing from that store. */
    private void deleteCopy(PatchName name, StoreType other) {
        try {
            stores.store(other).delete(name);
        } catch (StoreException e) {
            LOG.warn("the bytes of patch '{}', which was removed, stay in store '{}': {}", name, other, e.getMessage());
        }
    }

    PatchInfo show(PatchName name) {
        return dao.find(name.fileName()).map(PatchInfo::of).orElseThrow(() -> unknown(name));
    }

    private static ProblemException unknown(PatchName name) {
        return new ProblemException.NotFound("there is no patch '" + name + "'");
    }

    /** Up to {@code limit} patches whose file name comes after this one. */
    List<PatchInfo> list(PatchDao.Filter filter, String after, int limit) {
        return dao.list(filter, after, limit).stream().map(PatchInfo::of).toList();
    }
}
