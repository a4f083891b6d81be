package io.livepatch.server.migration;

import io.livepatch.server.integrity.IntegrityCheck;
import io.livepatch.server.integrity.IntegrityCheck.CheckResult;
import io.livepatch.server.integrity.IntegrityService;
import io.livepatch.server.placement.CatalogPatch;
import io.livepatch.server.placement.CopyDao;
import io.livepatch.server.placement.StoreRegistry;
import io.livepatch.storage.InvalidNameException;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.StoreException;
import io.livepatch.storage.StoreType;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Copies patches from one store to another, and reads each copy back. */
final class PatchCopier {
    private static final Logger LOG = LoggerFactory.getLogger(PatchCopier.class);

    private final CopyDao dao;
    private final IntegrityService integrity;
    private final StoreType from;
    private final StoreType to;
    private final PatchStore source;
    private final PatchStore target;

    PatchCopier(CopyDao dao, IntegrityService integrity, StoreRegistry stores, StoreType from, StoreType to) {
        this.dao = dao;
        this.integrity = integrity;
        this.from = from;
        this.to = to;
        this.source = stores.store(from);
        this.target = stores.store(to);
    }

    /**
     * Copies a patch, verifies the copy, and records it.
     *
     * @return the obstacle; empty if the patch was copied, or left the catalog meanwhile
     * @throws StoreException.Unavailable if one of the stores cannot be used now
     * @throws StoreException.Full if the target has no space left
     */
    Optional<String> copy(CatalogPatch row) {
        try {
            return copy(row, row.patch());
        } catch (InvalidNameException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    private Optional<String> copy(CatalogPatch row, Patch patch) {
        try {
            boolean created = put(patch);
            CheckResult result = IntegrityCheck.of(target, patch);
            if (!result.whole()) {
                // It has the name and the digest of this patch, so it is a damaged copy of it and not another patch.
                target.delete(patch.name());
                created = put(patch);
                result = IntegrityCheck.of(target, patch);
            }
            if (!result.whole()) {
                return Optional.of("store '" + to + "' does not return the bytes that were stored: " + result.reason());
            }
            record(row, patch.name(), created);
            return Optional.empty();
        } catch (StoreException.Conflict e) {
            return Optional.of(MigrationAdvice.otherBytes(to));
        } catch (StoreException.NotFound
                | StoreException.Corrupt
                | StoreException.DigestMismatch
                | StoreException.SourceFailed e) {
            return sourceObstacle(row, e);
        }
    }

    /** Copies a patch and verifies the copy, but records nothing and replaces no damaged copy. Returns false if that failed. */
    boolean tryCopy(CatalogPatch row) {
        try {
            Patch patch = row.patch();
            put(patch);
            return IntegrityCheck.of(target, patch).whole();
        } catch (StoreException | InvalidNameException e) {
            LOG.debug("patch '{}' is copied by another step", row.filename(), e);
            return false;
        }
    }

    private boolean put(Patch patch) {
        try (PatchContent content = source.open(patch.name())
                        .orElseThrow(() -> new StoreException.NotFound(patch.name(), "store '" + from + "'"));
                InputStream bytes = content.read(0, content.patch().size())) {
            return target.put(patch.name(), bytes, patch.sha256()).created();
        } catch (IOException e) {
            throw new StoreException.SourceFailed(patch.name(), e);
        }
    }

    private void record(CatalogPatch row, PatchName name, boolean created) {
        if (dao.recordCopy(row.patchId(), to.text()) == 0 && created) {
            // The patch was removed while it was copied. Its bytes at the target would conflict with another patch of
            // its name.
            dao.useTransaction(tx -> {
                tx.lockName(row.filename());
                if (!tx.isInCatalog(row.patchId())) {
                    target.delete(name);
                }
            });
        }
    }

    private Optional<String> sourceObstacle(CatalogPatch row, StoreException failure) {
        CheckResult result = integrity.check(row);
        return switch (result.state()) {
            case GONE -> Optional.empty();
            case ROTTEN, MISSING -> Optional.of(MigrationAdvice.damaged(from, result.reason()));
            case WHOLE ->
                Optional.of("could not be read, but can be read now (" + failure.getMessage() + "): run this again");
        };
    }
}
