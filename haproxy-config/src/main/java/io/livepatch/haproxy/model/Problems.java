package io.livepatch.haproxy.model;

import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong with one record, so that all of it is said at once. */
public final class Problems {
    private final String subject;
    private final List<String> found = new ArrayList<>();

    /**
     * Starts with no violation.
     *
     * @param subject what is checked, as the message calls it
     */
    public Problems(String subject) {
        this.subject = subject;
    }

    /** Adds a problem if this is not fine. */
    public Problems unless(boolean fine, String problem) {
        if (!fine) {
            found.add(problem);
        }
        return this;
    }

    /**
     * Ends the check.
     *
     * @throws InvalidModelException if there is a problem, with all of them
     */
    public void throwIfAny() {
        if (!found.isEmpty()) {
            throw new InvalidModelException(subject, found);
        }
    }
}
