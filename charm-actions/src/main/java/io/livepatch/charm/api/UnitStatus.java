package io.livepatch.charm.api;

import java.util.Locale;

/** How a unit is, as Juju says it. {@code blocked} waits for the operator, {@code waiting} for another unit. */
public record UnitStatus(Kind kind, String message) {

    /** From good to bad; the worst of its units is the status of an application. */
    public enum Kind {
        ACTIVE,
        UNKNOWN,
        WAITING,
        MAINTENANCE,
        BLOCKED,
        ERROR;

        /** As Juju writes it. */
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
