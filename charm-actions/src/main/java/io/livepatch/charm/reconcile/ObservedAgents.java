package io.livepatch.charm.reconcile;

import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.model.UnitSnapshot;
import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** What there is: the agents of units, as they are at one moment. */
public record ObservedAgents(NavigableMap<UnitName, Agent> agents) {

    public ObservedAgents {
        agents = Collections.unmodifiableNavigableMap(new TreeMap<>(agents));
    }

    public static ObservedAgents of(Map<UnitName, Agent> agents) {
        return new ObservedAgents(new TreeMap<>(agents));
    }

    /** What an agent is at. */
    public enum Phase {
        IDLE,
        BUSY,
        /** Its unit's processes and files are gone. */
        REMOVED
    }

    /**
     * One agent.
     *
     * @param seen what its charm saw when it was called last and all went well
     * @param due when to call it again even if nothing changed
     * @param removable when to try to remove it, should it be dying: later after a failure
     * @param action the action that waits to be run
     */
    public record Agent(
            Phase phase, Optional<UnitSnapshot> seen, Instant due, Instant removable, Optional<Integer> action) {}
}
