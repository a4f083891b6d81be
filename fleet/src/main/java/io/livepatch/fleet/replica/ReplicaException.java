package io.livepatch.fleet.replica;

import org.jspecify.annotations.Nullable;

/** A failure of the cooperation of replicas. */
public abstract sealed class ReplicaException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private ReplicaException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** Another process runs with this one's index. */
    public static final class Displaced extends ReplicaException {
        private static final long serialVersionUID = 1L;

        Displaced(String message) {
            super(message, null);
        }
    }

    /** The membership cannot be read now. */
    public static final class MembershipUnavailable extends ReplicaException {
        private static final long serialVersionUID = 1L;

        MembershipUnavailable(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** A replica that is needed for a response does not respond now. */
    public static final class PeerUnavailable extends ReplicaException {
        private static final long serialVersionUID = 1L;

        PeerUnavailable(String message) {
            super(message, null);
        }
    }

    /** A limit of this run is reached. */
    public static final class Full extends ReplicaException {
        private static final long serialVersionUID = 1L;

        Full(String message) {
            super(message, null);
        }
    }
}
