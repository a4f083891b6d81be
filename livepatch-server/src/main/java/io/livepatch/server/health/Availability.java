package io.livepatch.server.health;

import java.time.Instant;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** Whether one kind of work, or all of it, is possible now. */
public sealed interface Availability {

    /** It is possible. */
    record Possible() implements Availability {}

    /**
     * It is not, and requests for it are better sent to another unit.
     *
     * @param since when it became impossible; kept while it lasts, also when the reasons change
     * @param reason all parts that are in its way, in one line
     * @param lasting whether an operator has to change something
     */
    record Impossible(Cause cause, Instant since, String reason, boolean lasting) implements Availability {}

    /** Which part of the unit's life keeps it from working. */
    enum Cause {
        /** It has not been ready yet. */
        STARTING,
        /** It was, and lost something that it needs. */
        FAULT,
        /** It is about to end. */
        DRAINING
    }

    /** Whether it is possible. */
    default boolean possible() {
        return this instanceof Possible;
    }

    /** A kind of work that a unit does for machines, and that it can lose while it goes on with the others. */
    enum Purpose {
        /** To record what machines report, and to enrol them; every write to the database. Needs no patch store. */
        CHECK_INS,

        /** To send the bytes of patches. Needs no database once the catalog is in memory. */
        DOWNLOADS;

        /** All of them. */
        public static final Set<Purpose> ALL = Set.copyOf(EnumSet.allOf(Purpose.class));

        /** As paths and status write it, like {@code check-ins}. */
        public String text() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }
}
