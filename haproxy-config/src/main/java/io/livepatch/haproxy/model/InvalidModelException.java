package io.livepatch.haproxy.model;

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
}
