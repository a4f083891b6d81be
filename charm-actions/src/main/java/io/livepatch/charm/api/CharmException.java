package io.livepatch.charm.api;

import java.util.List;

/** Something that a charm or its substrate could not do; the message is for the operator. */
public class CharmException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public CharmException(String message) {
        super(message);
    }

    public CharmException(String message, Throwable cause) {
        super(message, cause);
    }

    /** What only the operator can mend; shows as blocked, not as an error. What runs keeps running. */
    public static final class Blocked extends CharmException {
        private static final long serialVersionUID = 1L;

        public Blocked(String message) {
            super(message);
        }
    }

    /** A request that names something unknown, or says something that cannot be; all that is wrong with it at once. */
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
