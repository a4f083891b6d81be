package io.livepatch.charm.api;

import java.util.List;

/** A failure of a charm or its substrate; the message is for the operator. */
public class CharmException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public CharmException(String message) {
        super(message);
    }

    public CharmException(String message, Throwable cause) {
        super(message, cause);
    }

    /** A failure that only the operator can repair; shown as blocked, not as an error. Running services stay. */
    public static final class Blocked extends CharmException {
        private static final long serialVersionUID = 1L;

        public Blocked(String message) {
            super(message);
        }
    }

    /** A request with unknown names or impossible values; lists all its problems. */
    public static final class Invalid extends CharmException {
        private static final long serialVersionUID = 1L;

        public Invalid(String message) {
            super(message);
        }

        public Invalid(String what, List<String> problems) {
            super(problems.size() == 1 ? problems.getFirst() : what + ":\n  " + String.join("\n  ", problems));
        }
    }
}
