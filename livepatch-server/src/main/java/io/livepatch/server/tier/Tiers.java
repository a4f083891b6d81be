package io.livepatch.server.tier;

import io.livepatch.server.catalog.TierName;
import io.livepatch.server.database.Database;
import io.livepatch.server.problem.ProblemException;
import java.util.List;
import java.util.Optional;

/** The list of tiers, whose positions are always 0, 1, 2, … without gaps. Thread-safe, also across units. */
public final class Tiers {
    private static final int MOST = 100;

    private final TierDao dao;
    private final Runnable changed;

    /**
     * Asks nothing yet.
     *
     * @param changed is called after each change, so that this unit's catalog shows it at once; other units see it as soon as the
     *     database has notified them
     */
    public Tiers(Database database, Runnable changed) {
        this.dao = database.dao(TierDao.class);
        this.changed = changed;
    }

    /** All tiers, first to last. */
    List<Tier> list() {
        return dao.list();
    }

    /** Adds a tier, at the end or before the one that has this position now. */
    Tier add(TierName name, Optional<Integer> position) {
        dao.useTransaction(tx -> {
            tx.lockCatalog();
            int count = tx.count();
            if (tx.lockPosition(name.name()).isPresent()) {
                throw new ProblemException.Conflict("there is a tier '" + name + "' already");
            }
            if (count >= MOST) {
                throw new ProblemException.Conflict("there are " + count + " tiers; remove one first");
            }
            int place = position.orElse(count);
            checkPosition(place, count);
            tx.shift(place, 1);
            tx.insert(name.name(), place);
        });
        changed.run();
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
            tx.forgetRevokedTokens(name.name());
            refuseIfUsed(name, tx.use(name.name()));
            tx.delete(name.name());
            tx.shift(position, -1);
        });
        changed.run();
    }

    private static void refuseIfUsed(TierName name, TierDao.Use use) {
        if (use.machines() > 0 || use.tokens() > 0) {
            throw new ProblemException.Conflict("tier '" + name + "' is in use by " + count(use.machines(), "machine")
                    + " and " + count(use.tokens(), "auth token")
                    + "; revoke the tokens and let the machines enrol elsewhere first");
        }
    }

    private static String count(long number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }

    /** Moves a tier to this position; the others close up. */
    Tier move(TierName name, int position) {
        dao.useTransaction(tx -> {
            tx.lockCatalog();
            int from = tx.lockPosition(name.name()).orElseThrow(() -> unknown(name));
            checkPosition(position, tx.count() - 1);
            tx.move(from, position);
        });
        changed.run();
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
