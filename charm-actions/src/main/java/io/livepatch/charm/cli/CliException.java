package io.livepatch.charm.cli;

/** The failure of a command, with its exit code. */
final class CliException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    static final int FAILED = 1;
    static final int USAGE = 2;
    /** The model is stopped, and the command does not start it; the exit code of {@code systemctl status} for a stopped unit. */
    static final int STOPPED = 3;

    private final int exit;
    private final boolean away;

    private CliException(int exit, String message) {
        this(exit, message, false);
    }

    private CliException(int exit, String message, boolean away) {
        super(message);
        this.exit = exit;
        this.away = away;
    }

    /** The model runs, and its controller does not answer. */
    static CliException away(String message) {
        return new CliException(FAILED, message, true);
    }

    /** Whether the model runs, and its controller does not answer. */
    boolean isAway() {
        return away;
    }

    static CliException failed(String message) {
        return new CliException(FAILED, message);
    }

    static CliException usage(String message) {
        return new CliException(USAGE, message);
    }

    static CliException stopped(String message) {
        return new CliException(STOPPED, message);
    }

    int exit() {
        return exit;
    }
}
