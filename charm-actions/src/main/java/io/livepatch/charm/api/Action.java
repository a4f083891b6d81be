package io.livepatch.charm.api;

import java.util.Map;

/** Something an operator asks one unit to do, once. */
@FunctionalInterface
public interface Action {

    /**
     * Does it.
     *
     * @param parameters checked against {@code actions.yaml}, defaults filled in
     * @throws CharmException when it could not be done: the action counts as failed, with the message
     */
    ActionResult run(Unit unit, Map<String, String> parameters);
}
