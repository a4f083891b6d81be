package io.livepatch.server.store;

import io.livepatch.server.catalog.StorePlace;
import io.livepatch.storage.StoreType;
import java.util.Optional;

/** Which store a unit serves from when it starts, by what its operator wrote and what the database knows. Pure. */
sealed interface Choice {

    /** The one that the database names. */
    record Follow(StorePlace place, Optional<String> warning) implements Choice {}

    /** The configured one, which becomes that of the database: nothing is anywhere yet. */
    record Settle(StorePlace place) implements Choice {}

    /** This unit's disk, if the patches are there: it says so from then on. */
    record Prove(Optional<String> before) implements Choice {}

    /** None: the patches are elsewhere. */
    record Refuse(String reason) implements Choice {}

    /**
     * Chooses.
     *
     * @param unit that starts
     * @param known what the database says, if it says anything
     * @param patches how many it knows
     */
    static Choice of(StoreType configured, String unit, Optional<StoreDao.Row> known, long patches) {
        if (known.isEmpty() || patches == 0) {
            boolean same = known.map(StoreDao.Row::place).equals(Optional.of(place(configured, unit)));
            return same ? new Follow(place(configured, unit), Optional.empty()) : new Settle(place(configured, unit));
        }
        StorePlace there = known.get().place();
        if (there.type() != configured && !configured.text().equals(known.get().movedFrom())) {
            return new Refuse(elsewhere(configured, there.type(), patches));
        }
        if (there.type() == StoreType.FILESYSTEM && !there.unit().equals(Optional.of(unit))) {
            return new Prove(there.unit());
        }
        return new Follow(
                there, there.type() == configured ? Optional.empty() : Optional.of(outdated(configured, there.type())));
    }

    /** Where patches are if this unit keeps them in that kind of store. */
    static StorePlace place(StoreType type, String unit) {
        return new StorePlace(type, type == StoreType.FILESYSTEM ? Optional.of(unit) : Optional.empty());
    }

    private static String outdated(StoreType configured, StoreType there) {
        return "patch-storage.type says '" + configured + "', but the patches were moved to '" + there
                + "' and are served from there; set patch-storage.type to '" + there + "'";
    }

    private static String elsewhere(StoreType configured, StoreType there, long patches) {
        return "patch-storage.type says '" + configured + "', but the patches (" + patches + ") are in '" + there
                + "'; set it back to '" + there + "', move them with 'livepatch-admin storage migrate --to "
                + configured
                + "' (or the charm's action storage-migrate to=" + configured + "), and set it again";
    }

    /** Why a unit does not serve what is on the disk of another. */
    static String foreign(String owner, String unit, String evidence) {
        return "the patches are on the disk of unit '" + owner + "' alone, and unit '" + unit + "' cannot serve them: "
                + evidence + "; end this unit, or move the patches to a store that units share: run"
                + " 'livepatch-admin storage migrate --to postgres' at '" + owner
                + "' and set patch-storage.type to 'postgres'. If '" + owner + "' and its disk are lost, run"
                + " 'livepatch-server storage adopt' with this unit's configuration, and upload the patches again";
    }
}
