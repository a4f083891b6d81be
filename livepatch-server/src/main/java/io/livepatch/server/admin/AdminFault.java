package io.livepatch.server.admin;

import org.jspecify.annotations.Nullable;

/** Why a command came to nothing, for the person who typed it, and the exit code that a script sees. */
final class AdminFault extends RuntimeException {
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
    private final boolean loggedOut;

    private AdminFault(Kind kind, boolean loggedOut, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.loggedOut = loggedOut;
    }

    static AdminFault refused(String message) {
        return new AdminFault(Kind.REFUSED, false, message, null);
    }

    static AdminFault loggedOut() {
        return new AdminFault(Kind.REFUSED, true, "session expired or not logged in: run livepatch-admin login", null);
    }

    static AdminFault usage(String message) {
        return new AdminFault(Kind.USAGE, false, message, null);
    }

    static AdminFault notReached(String message, @Nullable Throwable cause) {
        return new AdminFault(Kind.NOT_REACHED, false, message, cause);
    }

    Kind kind() {
        return kind;
    }

    /** Whether anything else would be answered the same way until there is a new session. */
    boolean isLoggedOut() {
        return loggedOut;
    }
}
