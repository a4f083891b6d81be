package io.livepatch.fleet.replica;

import org.jspecify.annotations.Nullable;

/** Something between this replica and the others went wrong. */
public abstract sealed class ReplicaException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private ReplicaException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** Another process is what this one was started to be. */
    public static final class Displaced extends ReplicaException {
        private static final long serialVersionUID = 1L;

        Displaced(String message) {
            super(message, null);
        }
    }

    /** Who is there cannot be known now. */
    public static final class PlaceUnreachable extends ReplicaException {
        private static final long serialVersionUID = 1L;

        PlaceUnreachable(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** A replica that has to be asked gives no answer now. */
    public static final class Silent extends ReplicaException {
        private static final long serialVersionUID = 1L;

        Silent(String message) {
            super(message, null);
        }
    }

    /** There is no more room for what was asked. */
    public static final class Full extends ReplicaException {
        private static final long serialVersionUID = 1L;

        Full(String message) {
            super(message, null);
        }
    }
}
