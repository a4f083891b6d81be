package io.livepatch.charm.api;

import java.util.Map;

/**
 * The operating knowledge for one application. Without state of its own: everything it decides from, it reads from the
 * {@link Unit}, so any event may be repeated, lost or interrupted, and the next call does what is missing.
 */
public interface Charm {

    /** What {@code metadata.yaml}, {@code config.yaml} and {@code actions.yaml} say. */
    CharmMetadata metadata();

    /**
     * Makes this unit match its config and relations. Called on every event, and now and then without one. Never waits for
     * what another unit has to do: it says so in the status, and is called again when something has changed.
     *
     * @throws CharmException when a step failed; nothing that was written to relations is kept, and it is called again later
     */
    UnitStatus reconcile(Unit unit);

    /** Stops what runs, gracefully. The unit's directory is deleted by the caller. */
    void remove(Unit unit);

    /**
     * How much data is lost with this unit, by what it counts, such as {@code patches}; empty where nothing is. Only reads, within
     * seconds, and may be called beside {@link #reconcile}.
     *
     * @throws CharmException when it cannot be counted, with the reason
     */
    default Map<String, Long> dataCounts(Unit unit) {
        return Map.of();
    }

    /** Its actions by name: the same names as in {@code actions.yaml}. */
    Map<String, Action> actions();

    /** Something an operator asks one unit to do, once. */
    @FunctionalInterface
    interface Action {

        /**
         * Does it.
         *
         * @param parameters checked against {@code actions.yaml}, defaults filled in
         * @throws CharmException when it could not be done: the action counts as failed, with the message
         */
        ActionResult run(Unit unit, Map<String, String> parameters);
    }
}
