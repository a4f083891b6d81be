package io.livepatch.server.health;

import java.time.Instant;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** Whether a capability of the unit, or all of them, is available now. */
public sealed interface Availability {

    record Possible() implements Availability {}

    /**
     * Unavailable: requests should go to another unit.
     *
     * @param since when it became unavailable; unchanged if the reasons change
     * @param reason all faults that cause it, in one line
     * @param lasting whether an operator has to act
     */
    record Impossible(Cause cause, Instant since, String reason, boolean lasting) implements Availability {}

    enum Cause {
        /** The unit has not been ready yet. */
        STARTING,
        /** The unit lost something that it needs. */
        FAULT,
        /** The unit is about to stop. */
        DRAINING
    }

    default boolean possible() {
        return this instanceof Possible;
    }

    /** A kind of work for machines that a unit can lose independently of the others. */
    enum Capability {
        /** Recording reports, enrolment, and all other writes to the database. Needs no patch store. */
        CHECK_INS,

        /** Sending patches. Needs no database once the catalog is in memory. */
        DOWNLOADS;

        public static final Set<Capability> ALL = Set.copyOf(EnumSet.allOf(Capability.class));

        /** The name in paths and status, such as {@code check-ins}. */
        public String text() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }
}
