package io.livepatch.server.tier;

import io.livepatch.server.catalog.TierName;
import io.livepatch.server.database.Database;
import io.livepatch.server.problem.ProblemException;
import java.util.List;
import java.util.Optional;

/** The list of tiers, whose positions are always 0, 1, 2, … without gaps. Thread-safe, also across units. */
public final class Tiers {
    private static final int MAX_TIERS = 100;

    private final TierDao dao;
    private final Runnable onChange;

    /**
     * Reads nothing yet.
     *
     * @param onChange is called after each change, so that this unit's catalog shows it at once; the database notifies the other units
     */
    public Tiers(Database database, Runnable onChange) {
        this.dao = database.dao(TierDao.class);
        this.onChange = onChange;
    }

    /** All tiers, first to last. */
    List<Tier> list() {
        return dao.list();
    }

    /** Adds a tier, at the end or before the tier at this position. */
    Tier add(TierName name, Optional<Integer> position) {
        dao.useTransaction(tx -> {
            tx.lockCatalog();
            int count = tx.count();
            if (tx.lockPosition(name.name()).isPresent()) {
                throw new ProblemException.Conflict("there is a tier '" + name + "' already");
            }
            if (count >= MAX_TIERS) {
                throw new ProblemException.Conflict("there are " + count + " tiers; remove one first");
            }
            int index = position.orElse(count);
            checkPosition(index, count);
            tx.shift(index, 1);
            tx.insert(name.name(), index);
        });
        onChange.run();
        return tier(name);
    }

    /** Removes a tier. Its patches stay in the other tiers. */
    void remove(TierName name) {
        dao.useTransaction(tx -> {
            tx.lockCatalog();
            int position = tx.lockPosition(name.name()).orElseThrow(() -> unknown(name));
            if (tx.count() == 1) {
                throw new ProblemException.Conflict(
                        "tier '" + name + "' is the last one; add another before you remove it");
            }
            tx.deleteRevokedTokens(name.name());
            refuseIfUsed(name, tx.usage(name.name()));
            tx.delete(name.name());
            tx.shift(position, -1);
        });
        onChange.run();
    }

    private static void refuseIfUsed(TierName name, TierDao.Usage usage) {
        if (usage.machines() > 0 || usage.tokens() > 0) {
            throw new ProblemException.Conflict("tier '" + name + "' is in use by " + count(usage.machines(), "machine")
                    + " and " + count(usage.tokens(), "auth token")
                    + "; revoke the tokens and let the machines enrol elsewhere first");
        }
    }

    private static String count(long number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }

    /** Moves a tier to this position and shifts those between. */
    Tier move(TierName name, int position) {
        dao.useTransaction(tx -> {
            tx.lockCatalog();
            int from = tx.lockPosition(name.name()).orElseThrow(() -> unknown(name));
            checkPosition(position, tx.count() - 1);
            tx.move(from, position);
        });
        onChange.run();
        return tier(name);
    }

    private Tier tier(TierName name) {
        return dao.list().stream()
                .filter(tier -> tier.name().equals(name.name()))
                .findFirst()
                .orElseThrow(() -> unknown(name));
    }

    private static void checkPosition(int position, int last) {
        if (position < 0 || position > last) {
            throw new ProblemException.BadRequest("'position' must be from 0 to " + last);
        }
    }

    private static ProblemException unknown(TierName name) {
        return new ProblemException.NotFound("there is no tier '" + name + "'");
    }
}
