package io.livepatch.server.store;

import io.livepatch.storage.StoreType;
import java.util.Optional;

/** Which store a unit serves from when it starts, by what its operator wrote and what the database knows. Pure. */
sealed interface Choice {

    /** The one that the database names. */
    record Follow(StoreType type, Optional<String> warning) implements Choice {}

    /** The configured one, which becomes that of the database: nothing is anywhere yet. */
    record Settle(StoreType type) implements Choice {}

    /** None: the patches are elsewhere. */
    record Refuse(String reason) implements Choice {}

    /**
     * Chooses.
     *
     * @param known what the database says, if it says anything
     * @param patches how many it knows
     */
    static Choice of(StoreType configured, Optional<StoreDao.Row> known, long patches) {
        if (known.isEmpty()) {
            return new Settle(configured);
        }
        StoreType there = type(known.get().type());
        if (there == configured) {
            return new Follow(there, Optional.empty());
        }
        if (patches == 0) {
            return new Settle(configured);
        }
        if (configured.text().equals(known.get().movedFrom())) {
            return new Follow(
                    there,
                    Optional.of("patch-storage.type says '" + configured + "', but the patches were moved to '" + there
                            + "' and are served from there; set patch-storage.type to '" + there + "'"));
        }
        return new Refuse(
                "patch-storage.type says '" + configured + "', but the patches (" + patches + ") are in '" + there
                        + "'; set it back to '" + there + "', move them with 'livepatch-admin storage migrate --to "
                        + configured
                        + "' (or the charm's action storage-migrate to=" + configured + "), and set it again");
    }

    /** The kind of a row. */
    static StoreType type(String text) {
        return StoreType.parse(text)
                .orElseThrow(() -> new IllegalStateException("the database names store '" + text
                        + "', which this program does not know; it is older than the one that wrote it"));
    }
}
