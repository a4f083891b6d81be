package io.livepatch.server.patch;

import io.livepatch.server.catalog.TierName;
import io.livepatch.server.database.Database;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.PatchVersion;
import java.util.List;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Promotes patches through the tiers, and blocks them. Each change is one transaction. Thread-safe, also across units. */
public final class Rollout {
    private static final Logger LOG = LoggerFactory.getLogger(Rollout.class);

    private final PatchDao dao;
    private final Runnable onChange;

    /**
     * Reads nothing yet.
     *
     * @param onChange is called after each change, so that this unit's catalog shows it at once
     */
    public Rollout(Database database, Runnable onChange) {
        this.dao = database.dao(PatchDao.class);
        this.onChange = onChange;
    }

    /** The number of patches that a tier gained and lost. */
    public record TierChange(String name, long added, long removed) {}

    /** Adds every patch of a version to a tier; returns their number. */
    int promote(PatchVersion version, TierName tier) {
        int patches = dao.inTransaction(tx -> {
            tx.lockCatalog();
            position(tx, tier);
            int count = tx.countVersion(version.toString());
            if (count == 0) {
                throw new ProblemException.NotFound("there is no patch of version '" + version + "'");
            }
            tx.promote(version.toString(), tier.name());
            return count;
        });
        LOG.info("version '{}' promoted to tier '{}', {} patches", version, tier, patches);
        onChange.run();
        return patches;
    }

    /** Makes the patches of every tier after {@code from}, up to {@code to}, equal to those of {@code from}. */
    List<TierChange> promoteAll(TierName from, TierName to) {
        List<TierChange> changes = dao.inTransaction(tx -> {
            tx.lockCatalog();
            int first = position(tx, from);
            int last = position(tx, to);
            if (first >= last) {
                throw new ProblemException.BadRequest("tier '" + to + "' does not come after tier '" + from + "'");
            }
            List<PatchDao.TierCount> removed = tx.removeOthers(first, last);
            List<PatchDao.TierCount> added = tx.addAll(first, last);
            return IntStream.range(0, added.size())
                    .mapToObj(i -> new TierChange(
                            added.get(i).name(),
                            added.get(i).patches(),
                            removed.get(i).patches()))
                    .toList();
        });
        LOG.info("tiers after '{}' up to '{}' made equal to it: {}", from, to, changes);
        onChange.run();
        return changes;
    }

    private static int position(PatchDao tx, TierName tier) {
        return tx.position(tier.name())
                .orElseThrow(() -> new ProblemException.NotFound("there is no tier '" + tier + "'"));
    }

    /** Stops offering these patches; returns their number. */
    int block(PatchSelector patchSelector, String reason) {
        int patches = change(patchSelector, tx -> tx.block(patchSelector.filename(), patchSelector.version(), reason));
        LOG.info("{} blocked: {}", patchSelector, reason);
        return patches;
    }

    /** Offers these patches again. */
    int unblock(PatchSelector patchSelector) {
        int patches = change(patchSelector, tx -> tx.unblock(patchSelector.filename(), patchSelector.version()));
        LOG.info("{} unblocked", patchSelector);
        return patches;
    }

    private interface Change {
        int apply(PatchDao tx);
    }

    private int change(PatchSelector patchSelector, Change change) {
        int patches = dao.inTransaction(tx -> {
            tx.lockCatalog();
            return change.apply(tx);
        });
        if (patches == 0) {
            throw new ProblemException.NotFound("there is no " + patchSelector);
        }
        onChange.run();
        return patches;
    }
}
