package io.livepatch.supervisor.debug;

/** The reason why there is no report; the message says what to do. */
public abstract sealed class DebugException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    DebugException(String message, Throwable cause) {
        super(message, cause);
    }

    DebugException(String message) {
        super(message);
    }

    /** The worker has no JVM, or none that this supervisor may inspect. */
    public static final class NotPossible extends DebugException {
        private static final long serialVersionUID = 1L;

        NotPossible(String message) {
            super(message);
        }
    }

    /** Another request is taking such a report of the same process. */
    public static final class Busy extends DebugException {
        private static final long serialVersionUID = 1L;

        Busy(String message) {
            super(message);
        }
    }

    /** The worker did not answer in time. */
    public static final class Stuck extends DebugException {
        private static final long serialVersionUID = 1L;

        Stuck(String message) {
            super(message);
        }
    }

    /** The worker or a tool refused. */
    public static final class Failed extends DebugException {
        private static final long serialVersionUID = 1L;

        Failed(String message) {
            super(message);
        }

        Failed(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** The requester has left; the unfinished work was undone. */
    public static final class Abandoned extends DebugException {
        private static final long serialVersionUID = 1L;

        public Abandoned() {
            super("the requester has left");
        }
    }
}
