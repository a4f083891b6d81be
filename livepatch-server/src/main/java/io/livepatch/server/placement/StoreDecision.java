package io.livepatch.server.placement;

import io.livepatch.storage.StoreType;
import java.util.Optional;

/** The store that a starting unit serves from, decided by its configuration and the database. Pure. */
sealed interface StoreDecision {
    /** Serve from the store that the database names. */
    record Use(StoreLocation location, Optional<String> warning) implements StoreDecision {}

    /** Record the configured store as the active one: the deployment has no patches yet. */
    record Adopt(StoreLocation location) implements StoreDecision {}

    /** Serve from this unit's disk, and record it, if the disk holds all patches. */
    record VerifyOwnDisk(Optional<String> recordedUnit) implements StoreDecision {}

    /** Serve nothing: the patches are in another store. */
    record Refuse(String reason) implements StoreDecision {}

    /**
     * Decides.
     *
     * @param unit that starts
     * @param recorded the row of the database, if there is one
     * @param patches how many the catalog has
     */
    static StoreDecision of(StoreType configured, String unit, Optional<StoreDao.Row> recorded, long patches) {
        StoreLocation wanted = location(configured, unit);
        if (recorded.isEmpty() || patches == 0) {
            boolean same = recorded.map(StoreDao.Row::location).equals(Optional.of(wanted));
            return same ? new Use(wanted, Optional.empty()) : new Adopt(wanted);
        }
        StoreLocation active = recorded.get().location();
        if (active.type() != configured
                && !configured.text().equals(recorded.get().movedFrom())) {
            return new Refuse(inOtherStore(configured, active.type(), patches));
        }
        if (active.type() == StoreType.FILESYSTEM && !active.unit().equals(Optional.of(unit))) {
            return new VerifyOwnDisk(active.unit());
        }
        return new Use(
                active,
                active.type() == configured ? Optional.empty() : Optional.of(outdated(configured, active.type())));
    }

    /** The location of patches that this unit keeps in a store of that type. */
    static StoreLocation location(StoreType type, String unit) {
        return new StoreLocation(type, type == StoreType.FILESYSTEM ? Optional.of(unit) : Optional.empty());
    }

    private static String outdated(StoreType configured, StoreType active) {
        return "patch-storage.type is '" + configured + "', but the patches were moved to '" + active
                + "' and are served from there; set patch-storage.type to '" + active + "'";
    }

    private static String inOtherStore(StoreType configured, StoreType active, long patches) {
        return "patch-storage.type is '" + configured + "', but the patches (" + patches + ") are in '" + active
                + "'; set it back to '" + active + "', move them with 'livepatch-admin storage migrate --to "
                + configured
                + "' (or the charm's action storage-migrate to=" + configured + "), and set it again";
    }

    /** Why a unit does not serve the patches on another unit's disk. */
    static String foreignDisk(String owner, String unit, String evidence) {
        return "the patches are on the disk of unit '" + owner + "' alone, and unit '" + unit + "' cannot serve them: "
                + evidence + "; end this unit, or move the patches to a store that units share: run"
                + " 'livepatch-admin storage migrate --to postgres' at '" + owner
                + "' and set patch-storage.type to 'postgres'. If '" + owner + "' and its disk are lost, run"
                + " 'livepatch-server storage adopt' with this unit's configuration, and upload the patches again";
    }
}
