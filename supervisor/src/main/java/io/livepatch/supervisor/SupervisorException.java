package io.livepatch.supervisor;

/** The exceptions that callers get; failures of background threads become the problem of a worker instead. */
public abstract sealed class SupervisorException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    SupervisorException(String message, Throwable cause) {
        super(message, cause);
    }

    SupervisorException(String message) {
        super(message);
    }

    /** A spec has an invalid value; the message names the component, its value and the allowed values. */
    public static final class InvalidSpec extends SupervisorException {
        private static final long serialVersionUID = 1L;

        public InvalidSpec(String message) {
            super(message);
        }
    }

    /** This machine lacks a requirement, such as {@code setpriv} of util-linux. */
    public static final class Unsupported extends SupervisorException {
        private static final long serialVersionUID = 1L;

        public Unsupported(String message) {
            super(message);
        }

        public Unsupported(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** The present state does not allow the call: the supervisor or pool is closed, or the name is in use. */
    public static final class Refused extends SupervisorException {
        private static final long serialVersionUID = 1L;

        public Refused(String message) {
            super(message);
        }
    }

    /** A restart did not finish in time, or its worker was removed. */
    public static final class RestartStalled extends SupervisorException {
        private static final long serialVersionUID = 1L;

        public RestartStalled(String message) {
            super(message);
        }
    }

    /** A supervisor in another process does not answer, or is too old or too new for this program. */
    public static final class Unavailable extends SupervisorException {
        private static final long serialVersionUID = 1L;

        public Unavailable(String message) {
            super(message);
        }
    }
}
