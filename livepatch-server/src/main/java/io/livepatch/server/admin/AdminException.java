package io.livepatch.server.admin;

import org.jspecify.annotations.Nullable;

/** Why a command came to nothing, for the person who typed it, and the exit code that a script sees. */
final class AdminException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The exit codes of a failure. */
    enum Kind {
        REFUSED(1),
        USAGE(2),
        NOT_REACHED(3);

        private final int exitCode;

        Kind(int exitCode) {
            this.exitCode = exitCode;
        }

        int exitCode() {
            return exitCode;
        }
    }

    private final Kind kind;
    private final Until until;

    /** What has to happen before the same request can succeed. */
    private enum Until {
        /** The request is changed. */
        CHANGED,
        /** The administrator logs in again. */
        LOGGED_IN,
        /** An operation of another client ends. */
        OTHERS_DONE,
        /** Time passes: the server cannot do it now. */
        LATER
    }

    private AdminException(Kind kind, Until until, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.until = until;
    }

    static AdminException refused(String message) {
        return new AdminException(Kind.REFUSED, Until.CHANGED, message, null);
    }

    /** The server, or a proxy in front of it, cannot do it now. */
    static AdminException refusedForNow(String message) {
        return new AdminException(Kind.REFUSED, Until.LATER, message, null);
    }

    /** Another client's operation is under way. */
    static AdminException conflict(String message) {
        return new AdminException(Kind.REFUSED, Until.OTHERS_DONE, message, null);
    }

    static AdminException loggedOut() {
        return new AdminException(
                Kind.REFUSED, Until.LOGGED_IN, "session expired or not logged in: run livepatch-admin login", null);
    }

    static AdminException usage(String message) {
        return new AdminException(Kind.USAGE, Until.CHANGED, message, null);
    }

    static AdminException notReached(String message, @Nullable Throwable cause) {
        return new AdminException(Kind.NOT_REACHED, Until.LATER, message, cause);
    }

    /** The same fault, with what follows from it. */
    AdminException whileSaying(String consequence) {
        return new AdminException(kind, until, getMessage() + "; " + consequence, this);
    }

    Kind kind() {
        return kind;
    }

    /** Whether anything else would be answered the same way until there is a new session. */
    boolean isLoggedOut() {
        return until == Until.LOGGED_IN;
    }

    boolean isConflict() {
        return until == Until.OTHERS_DONE;
    }

    /** Whether it is worth trying the same again in a while. */
    boolean mayPass() {
        return until == Until.LATER;
    }
}
