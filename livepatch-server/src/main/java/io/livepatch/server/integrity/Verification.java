package io.livepatch.server.integrity;

import io.livepatch.server.database.Database;
import io.livepatch.server.integrity.IntegrityCheck.CheckResult;
import io.livepatch.server.placement.CatalogPatch;
import io.livepatch.server.placement.CopyDao;
import io.livepatch.server.placement.Progress;
import io.livepatch.server.placement.StoreRegistry;
import io.livepatch.storage.InvalidNameException;
import io.livepatch.storage.StoreException;
import io.livepatch.storage.cache.CachedPatchStore.Copy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Checks every patch in the active store and in this unit's cache, in steps that are independent of each other. Thread-safe. */
public final class Verification {
    private static final Logger LOG = LoggerFactory.getLogger(Verification.class);
    private static final int BATCH = 100;

    private final CopyDao dao;
    private final IntegrityService integrity;
    private final StoreRegistry stores;

    /** Checks nothing yet. */
    public Verification(Database database, IntegrityService integrity, StoreRegistry stores) {
        this.dao = database.dao(CopyDao.class);
        this.integrity = integrity;
        this.stores = stores;
    }

    /** A patch that cannot be served as it is. */
    public record Damaged(String filename, CheckResult.State state, String reason) {}

    /**
     * The result of a step.
     *
     * @param patches the number up to the last one that was checked, and of the catalog
     * @param damaged that this step found
     * @param cache results for the cache of the unit that took the step; empty if it keeps no copies
     * @param after for the next step; empty when all patches were checked
     */
    public record Step(
            String type,
            Progress.Count patches,
            Progress.Count bytes,
            List<Damaged> damaged,
            Optional<Copies> cache,
            Optional<String> after) {}

    /**
     * Copies of patches in the cache of this unit.
     *
     * @param checked how many were hashed
     * @param removed the file names of the patches whose copies were damaged; each is read from the store at the next request
     */
    public record Copies(long checked, List<String> removed) {}

    /**
     * Checks patches, at least one, until the budget is used or none is left.
     *
     * @param after the file name of the last patch of the step before; empty for the first step
     */
    public Step step(String after, Duration budget) {
        // The clock may be set back.
        long end = System.nanoTime() + budget.toNanos();
        String type = stores.readActiveType().text();
        List<Damaged> damaged = new ArrayList<>();
        Map<String, Copy> copies = new LinkedHashMap<>();
        String last = after;
        List<CatalogPatch> batch = dao.patchesAfter(last, BATCH);
        while (!batch.isEmpty()) {
            for (CatalogPatch patch : batch) {
                CheckResult result = integrity.check(patch);
                if (result.damaged()) {
                    damaged.add(new Damaged(patch.filename(), result.state(), result.reason()));
                }
                recheckCachedCopy(patch).ifPresent(copy -> copies.put(patch.filename(), copy));
                last = patch.filename();
                if (System.nanoTime() - end >= 0) {
                    return result(type, last, damaged, copies, Optional.of(last));
                }
            }
            batch = dao.patchesAfter(last, BATCH);
        }
        return result(type, last, damaged, copies, Optional.empty());
    }

    /** Removes a damaged copy. Empty if the unit keeps none, or its cache cannot be used now. */
    private Optional<Copy> recheckCachedCopy(CatalogPatch patch) {
        try {
            Optional<Copy> copy = stores.recheckCachedCopy(patch.patch());
            if (copy.equals(Optional.of(Copy.REMOVED))) {
                // Other units may have cached the same damaged bytes.
                dao.notifySuspect(patch.filename());
            }
            return copy;
        } catch (InvalidNameException e) {
            return Optional.empty();
        } catch (StoreException e) {
            LOG.warn("could not check the copy of patch '{}' in the cache: {}", patch.filename(), e.getMessage());
            return Optional.empty();
        }
    }

    private static Optional<Copies> summary(Map<String, Copy> copies) {
        return copies.isEmpty()
                ? Optional.empty()
                : Optional.of(new Copies(
                        copies.values().stream()
                                .filter(copy -> copy != Copy.ABSENT)
                                .count(),
                        copies.entrySet().stream()
                                .filter(entry -> entry.getValue() == Copy.REMOVED)
                                .map(Map.Entry::getKey)
                                .toList()));
    }

    private Step result(
            String type, String last, List<Damaged> damaged, Map<String, Copy> copies, Optional<String> after) {
        CopyDao.Sum all = dao.sum();
        CopyDao.Sum done = after.isEmpty() ? all : dao.sumUpTo(last);
        return new Step(
                type,
                new Progress.Count(done.patches(), all.patches()),
                new Progress.Count(done.bytes(), all.bytes()),
                damaged,
                summary(copies),
                after);
    }
}
