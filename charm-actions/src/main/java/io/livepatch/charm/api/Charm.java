package io.livepatch.charm.api;

import java.util.Map;

/**
 * The operating logic for one application. Stateless: it reads all its inputs from the {@link Unit}, so an event may be repeated,
 * lost or interrupted, and the next call executes what is missing.
 */
public interface Charm {

    /** The content of {@code metadata.yaml}, {@code config.yaml} and {@code actions.yaml}. */
    CharmMetadata metadata();

    /**
     * Makes this unit match its config and relations. Called on every event and periodically. Never waits for another unit: it
     * returns a waiting status, and is called again after a change.
     *
     * @throws CharmException if a step failed; writes to relations are discarded, and it is called again later
     */
    UnitStatus reconcile(Unit unit);

    /** Stops the unit's services gracefully. The caller deletes the unit's directory. */
    void remove(Unit unit);

    /**
     * The counts of data that is deleted with this unit, by kind, such as {@code patches}; empty for none. Only reads, returns
     * within seconds, and may run concurrently with {@link #reconcile}.
     *
     * @throws CharmException if the data cannot be counted
     */
    default Map<String, Long> dataCounts(Unit unit) {
        return Map.of();
    }

    /** The actions, by their names in {@code actions.yaml}. */
    Map<String, Action> actions();

    /** An operation that an operator runs once on one unit. */
    @FunctionalInterface
    interface Action {

        /**
         * Runs the action.
         *
         * @param parameters checked against {@code actions.yaml}, defaults filled in
         * @throws CharmException if the action failed; the message is its result
         */
        ActionResult run(Unit unit, Map<String, String> parameters);
    }
}
