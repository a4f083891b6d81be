package io.livepatch.charm.api;

import java.util.Locale;

/** The status of a unit, in Juju's terms. {@code blocked} waits for the operator, {@code waiting} for another unit. */
public record UnitStatus(Kind kind, String message) {

    /** From best to worst; an application has the worst status of its units. */
    public enum Kind {
        ACTIVE,
        UNKNOWN,
        WAITING,
        MAINTENANCE,
        BLOCKED,
        ERROR;

        /** Juju's spelling. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public static UnitStatus active(String message) {
        return new UnitStatus(Kind.ACTIVE, message);
    }

    public static UnitStatus waiting(String message) {
        return new UnitStatus(Kind.WAITING, message);
    }

    public static UnitStatus maintenance(String message) {
        return new UnitStatus(Kind.MAINTENANCE, message);
    }

    public static UnitStatus blocked(String message) {
        return new UnitStatus(Kind.BLOCKED, message);
    }

    public static UnitStatus error(String message) {
        return new UnitStatus(Kind.ERROR, message);
    }

    @Override
    public String toString() {
        return message.isEmpty() ? kind.text() : kind.text() + ": " + message;
    }
}
