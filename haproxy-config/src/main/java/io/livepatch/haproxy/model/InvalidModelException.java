package io.livepatch.haproxy.model;

import java.util.ArrayList;
import java.util.List;

/** A record of the model was given values that haproxy would refuse or that are a mistake. The message lists all of them. */
public final class InvalidModelException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<String> violations;

    InvalidModelException(String subject, List<String> violations) {
        super(subject + ": " + String.join("; ", violations));
        this.violations = List.copyOf(violations);
    }

    /** One entry for each violation. */
    public List<String> violations() {
        return violations;
    }

    /** Collects the violations of one value, so that they are reported together. */
    public static final class Violations {
        private final String subject;
        private final List<String> violations = new ArrayList<>();

        /**
         * Without violations.
         *
         * @param subject what is checked, as the message calls it
         */
        public Violations(String subject) {
            this.subject = subject;
        }

        /** Adds a violation unless the value is valid in this respect. */
        public Violations unless(boolean valid, String violation) {
            if (!valid) {
                violations.add(violation);
            }
            return this;
        }

        /**
         * Throws if there are violations.
         *
         * @throws InvalidModelException with all violations
         */
        public void throwIfAny() {
            if (!violations.isEmpty()) {
                throw new InvalidModelException(subject, violations);
            }
        }
    }
}
