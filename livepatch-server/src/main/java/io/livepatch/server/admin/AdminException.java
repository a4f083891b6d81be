package io.livepatch.server.admin;

import org.jspecify.annotations.Nullable;

/** A command that failed: the message for the operator, and the exit code. */
final class AdminException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The exit codes of a failure. */
    enum Kind {
        REFUSED(1),
        USAGE(2),
        UNREACHABLE(3);

        private final int exitCode;

        Kind(int exitCode) {
            this.exitCode = exitCode;
        }

        int exitCode() {
            return exitCode;
        }
    }

    private final Kind kind;
    private final Remedy remedy;

    /** What has to happen before the same command can succeed. */
    private enum Remedy {
        CHANGE_REQUEST,
        LOG_IN,
        /** Another client's operation conflicts with the request until it ends. */
        AWAIT_OTHERS,
        RETRY_LATER
    }

    private AdminException(Kind kind, Remedy remedy, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.remedy = remedy;
    }

    static AdminException refused(String message) {
        return new AdminException(Kind.REFUSED, Remedy.CHANGE_REQUEST, message, null);
    }

    /** The server, or a proxy in front of it, cannot do it now. */
    static AdminException temporarilyRefused(String message) {
        return new AdminException(Kind.REFUSED, Remedy.RETRY_LATER, message, null);
    }

    static AdminException conflict(String message) {
        return new AdminException(Kind.REFUSED, Remedy.AWAIT_OTHERS, message, null);
    }

    static AdminException loggedOut() {
        return new AdminException(
                Kind.REFUSED, Remedy.LOG_IN, "session expired or not logged in: run livepatch-admin login", null);
    }

    static AdminException usage(String message) {
        return new AdminException(Kind.USAGE, Remedy.CHANGE_REQUEST, message, null);
    }

    static AdminException unreachable(String message, @Nullable Throwable cause) {
        return new AdminException(Kind.UNREACHABLE, Remedy.RETRY_LATER, message, cause);
    }

    /** The same failure; the message adds what follows from it. */
    AdminException withConsequence(String consequence) {
        return new AdminException(kind, remedy, getMessage() + "; " + consequence, this);
    }

    Kind kind() {
        return kind;
    }

    /** Whether every request fails until the operator logs in. */
    boolean isLoggedOut() {
        return remedy == Remedy.LOG_IN;
    }

    boolean isConflict() {
        return remedy == Remedy.AWAIT_OTHERS;
    }

    /** Whether the same request may succeed later. */
    boolean isTransient() {
        return remedy == Remedy.RETRY_LATER;
    }
}
