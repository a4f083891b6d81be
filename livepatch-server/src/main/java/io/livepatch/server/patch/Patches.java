package io.livepatch.server.patch;

import io.livepatch.server.database.Database;
import io.livepatch.server.integrity.IntegrityService;
import io.livepatch.server.patch.inspect.InspectedSource;
import io.livepatch.server.patch.inspect.Inspection;
import io.livepatch.server.patch.inspect.Limits;
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
 * Brings patches in and takes them out, bytes and row in step: bytes are stored before there is a row, and removed after the row is
 * gone. A crash in between leaves bytes without a row, which are not offered and which the next upload adopts; never a row without
 * bytes. Thread-safe, also across units.
 */
public final class Patches {
    private static final Logger LOG = LoggerFactory.getLogger(Patches.class);

    private final PatchDao dao;
    private final StoreRegistry stores;
    private final IntegrityService integrity;
    private final Runnable changed;
    private final long maxSize;
    private final Limits limits;

    /**
     * Touches neither database nor store yet.
     *
     * @param integrity of the same stores: an upload puts good bytes in the place of damaged ones
     * @param changed is called after each change, so that this unit's catalog shows it at once; other units see it as soon as the
     *     database has notified them
     * @param maxSize longest patch that is accepted, in bytes
     */
    public Patches(
            Database database, StoreRegistry stores, IntegrityService integrity, Runnable changed, long maxSize) {
        this.dao = database.dao(PatchDao.class);
        this.stores = stores;
        this.integrity = integrity;
        this.changed = changed;
        this.maxSize = maxSize;
        this.limits = Limits.forPatchesOf(maxSize);
    }

    /** A patch that was brought in, and whether it was not there before. */
    record Uploaded(PatchInfo patch, boolean created) {}

    /** The longest patch that is accepted, in bytes. */
    long maxSize() {
        return maxSize;
    }

    /** What must be known before the first byte is read. */
    void announce(PatchName name, Sha256 sha256, long length) {
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
     * StoreRegistry a patch and puts it into the first tier. The same again changes nothing, but heals what is damaged.
     *
     * @param force whether to accept one that is unusual, such as one for another kernel than its name says
     * @throws ProblemException.PatchRefused if it is no patch, or unusual without {@code force}; nothing is stored
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
        while (recorded instanceof Recorded.Moved(StoreType to)) {
            // A migration listed the patches for the last time before this one had a row, so it did not copy the bytes.
            carry(stored, type, to);
            type = to;
            recorded = record(stored, type, refusal);
        }
        damaged.ifPresent(integrity::check);
        boolean created = recorded instanceof Recorded.Row(boolean fresh) && fresh;
        if (created) {
            LOG.info("patch '{}' added, {} bytes", name, stored.size());
            contents.unusual().forEach(one -> LOG.warn("patch '{}' was added by force: {}", name, one));
            changed.run();
        }
        return new Uploaded(show(name).with(contents), created);
    }

    /** Bytes that the catalog has already are accepted again, to replace damaged ones: they may be older than the inspection of uploads. */
    private InspectedSource.Policy policy(PatchName name, Sha256 sha256, boolean force) {
        boolean known = dao.find(name.fileName())
                .filter(row -> row.sha256().equals(sha256.hex()))
                .isPresent();
        if (known) {
            return InspectedSource.Policy.REPORT;
        }
        return force ? InspectedSource.Policy.REFUSE_OTHER_FILES : InspectedSource.Policy.REFUSE_UNUSUAL;
    }

    /** What came of giving bytes their row. */
    private sealed interface Recorded {
        record Row(boolean fresh) implements Recorded {}

        /** Patches are served from another store by now. */
        record Moved(StoreType to) implements Recorded {}
    }

    private Recorded record(Patch patch, StoreType type, Optional<ProblemException> refusal) {
        return dao.inTransaction(tx -> {
            tx.lockName(patch.name().fileName());
            // Another request may have removed the patch since its bytes were found to be there already.
            if (!stored(patch.name(), type)) {
                throw new ProblemException.Unavailable(
                        "patch '" + patch.name() + "' was removed while it was uploaded; send it again");
            }
            return record(tx, patch, type, refusal);
        });
    }

    private boolean stored(PatchName name, StoreType type) {
        Optional<PatchContent> content = stores.store(type).open(name);
        content.ifPresent(PatchContent::close);
        return content.isPresent();
    }

    private void carry(Patch patch, StoreType from, StoreType to) {
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
        Optional<PatchDao.Row> there = tx.find(name.fileName());
        if (there.isPresent()) {
            if (!there.get().sha256().equals(patch.sha256().hex())) {
                throw conflict(name, there.get(), patch.sha256());
            }
            return new Recorded.Row(false);
        }
        // Known when the upload began, and removed since: now it is a new patch like any other.
        refusal.ifPresent(problem -> {
            throw problem;
        });
        tx.lockCatalog();
        // A migration switches under the same lock, after its last look at the rows.
        Optional<StoreType> now = inEffect(tx);
        if (now.isPresent() && now.get() != type) {
            return new Recorded.Moved(now.get());
        }
        tx.insert(
                name.fileName(),
                name.kernel().text(),
                name.architecture().name(),
                name.version().toString(),
                patch.sha256().bytes(),
                patch.size());
        tx.putIntoFirstTier(name.fileName());
        return new Recorded.Row(true);
    }

    /** Of this transaction's moment; followed, so that bytes on a disk which is no longer the place of patches are refused. */
    private Optional<StoreType> inEffect(PatchDao tx) {
        Optional<StoreLocation> place = tx.copies().activeLocation();
        place.ifPresent(there -> {
            stores.switchTo(there);
            stores.activeStore();
        });
        return place.map(StoreLocation::type);
    }

    /** Removes a patch from all tiers and its bytes from the store, and from those that a migration brought them to. */
    void remove(PatchName name) {
        Removed removed = dao.inTransaction(tx -> {
            tx.lockCatalog();
            List<StoreType> copies = tx.copies().storesOf(name.fileName()).stream()
                    .flatMap(text -> StoreType.parse(text).stream())
                    .toList();
            return new Removed(tx.delete(name.fileName()) > 0, copies);
        });
        if (removed.known()) {
            changed.run();
        }
        boolean bytes = dao.inTransaction(tx -> {
            tx.lockName(name.fileName());
            // Uploaded anew meanwhile: then the bytes have a row again.
            return tx.find(name.fileName()).isEmpty() && delete(name, removed.copies());
        });
        if (!removed.known() && !bytes) {
            throw unknown(name);
        }
        LOG.info("patch '{}' removed", name);
    }

    private record Removed(boolean known, List<StoreType> copies) {}

    private boolean delete(PatchName name, List<StoreType> copies) {
        StoreType inEffect = stores.readActiveType();
        for (StoreType other : copies) {
            if (other != inEffect) {
                forget(name, other);
            }
        }
        return stores.delete(name);
    }

    /** Deletes a copy in a store that is not in effect. A failure is logged only: machines get nothing from that store. */
    private void forget(PatchName name, StoreType other) {
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
