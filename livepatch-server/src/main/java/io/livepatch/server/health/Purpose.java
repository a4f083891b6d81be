package io.livepatch.server.health;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** A kind of work that a unit does for machines, and that it can lose while it goes on with the others. */
public enum Purpose {
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
