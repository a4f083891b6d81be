package io.livepatch.server.care;

import io.livepatch.server.database.Database;
import io.livepatch.server.store.Stores;
import io.livepatch.server.task.Amount;
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

/** Looks at every patch in the store in effect and in this unit's cache, in steps that know nothing of each other. Thread-safe. */
public final class Verification {
    private static final Logger LOG = LoggerFactory.getLogger(Verification.class);
    private static final int BATCH = 100;

    private final CopyDao dao;
    private final Custody custody;
    private final Stores stores;

    /** Looks at nothing yet. */
    public Verification(Database database, Custody custody, Stores stores) {
        this.dao = database.dao(CopyDao.class);
        this.custody = custody;
        this.stores = stores;
    }

    /** A patch that cannot be served as it is. */
    public record Damaged(String filename, Finding.State state, String reason) {}

    /**
     * How far it is.
     *
     * @param patches all of those up to the last one that was looked at, and of the catalog
     * @param damaged what this step found
     * @param cache what this step found in the cache of the unit that was asked; empty if it keeps no copies
     * @param after where the next step goes on; empty when all were looked at
     */
    public record Step(
            String type,
            Amount patches,
            Amount bytes,
            List<Damaged> damaged,
            Optional<Copies> cache,
            Optional<String> after) {}

    /**
     * Copies of patches in the cache of this unit.
     *
     * @param checked how many were hashed
     * @param removed the file names of the patches whose copies were damaged; each is read from the store again when it is asked for
     */
    public record Copies(long checked, List<String> removed) {}

    /**
     * Looks at patches, at one at least, until the budget is used or none is left.
     *
     * @param after the file name that the last step ended with; empty for the first
     */
    public Step step(String after, Duration budget) {
        // Not the clock, which may be set back meanwhile.
        long end = System.nanoTime() + budget.toNanos();
        String type = stores.current().text();
        List<Damaged> damaged = new ArrayList<>();
        Map<String, Copy> copies = new LinkedHashMap<>();
        String last = after;
        List<Listed> batch = dao.after(last, BATCH);
        while (!batch.isEmpty()) {
            for (Listed listed : batch) {
                Finding found = custody.inspect(listed);
                if (found.damaged()) {
                    damaged.add(new Damaged(listed.filename(), found.state(), found.reason()));
                }
                copy(listed).ifPresent(copy -> copies.put(listed.filename(), copy));
                last = listed.filename();
                if (System.nanoTime() - end >= 0) {
                    return answer(type, last, damaged, copies, Optional.of(last));
                }
            }
            batch = dao.after(last, BATCH);
        }
        return answer(type, last, damaged, copies, Optional.empty());
    }

    /** A damaged copy is removed. Empty if the unit keeps none, or its cache cannot be used now. */
    private Optional<Copy> copy(Listed listed) {
        try {
            Optional<Copy> copy = stores.recheckCopy(listed.patch());
            if (copy.equals(Optional.of(Copy.REMOVED))) {
                // What damaged it here may have happened to other units.
                dao.suspectEverywhere(listed.filename());
            }
            return copy;
        } catch (InvalidNameException e) {
            return Optional.empty();
        } catch (StoreException e) {
            LOG.warn("could not check the copy of patch '{}' in the cache: {}", listed.filename(), e.getMessage());
            return Optional.empty();
        }
    }

    private static Optional<Copies> cache(Map<String, Copy> copies) {
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

    private Step answer(
            String type, String last, List<Damaged> damaged, Map<String, Copy> copies, Optional<String> after) {
        CopyDao.Sum all = dao.sum();
        CopyDao.Sum done = after.isEmpty() ? all : dao.sum(last);
        return new Step(
                type,
                new Amount(done.patches(), all.patches()),
                new Amount(done.bytes(), all.bytes()),
                damaged,
                cache(copies),
                after);
    }
}
