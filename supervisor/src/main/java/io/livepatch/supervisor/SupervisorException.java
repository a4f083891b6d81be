package io.livepatch.supervisor;

/** The root of what this package throws at its callers; background threads never throw, they report a worker's problem. */
public abstract sealed class SupervisorException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    SupervisorException(String message, Throwable cause) {
        super(message, cause);
    }

    SupervisorException(String message) {
        super(message);
    }

    /** A description of a pool that cannot be meant; the message names the component, its value and what is allowed. */
    public static final class InvalidSpec extends SupervisorException {
        private static final long serialVersionUID = 1L;

        public InvalidSpec(String message) {
            super(message);
        }
    }

    /** This machine lacks something that supervising needs, such as {@code setpriv} of util-linux. */
    public static final class Unsupported extends SupervisorException {
        private static final long serialVersionUID = 1L;

        public Unsupported(String message) {
            super(message);
        }

        public Unsupported(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** The call does not fit the moment: the supervisor or pool is closed, or the name is taken. */
    public static final class Refused extends SupervisorException {
        private static final long serialVersionUID = 1L;

        public Refused(String message) {
            super(message);
        }
    }

    /** A rolling restart stopped half-way, because a worker did not come back; the others were left as they are. */
    public static final class RestartStalled extends SupervisorException {
        private static final long serialVersionUID = 1L;

        public RestartStalled(String message) {
            super(message);
        }
    }
}
