package io.livepatch.haproxy.model;

import java.util.List;

/** A record was given values that haproxy would refuse, or that would be a mistake. Its message lists all of them. */
public final class InvalidModelException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<String> problems;

    InvalidModelException(String subject, List<String> problems) {
        super(subject + ": " + String.join("; ", problems));
        this.problems = List.copyOf(problems);
    }

    /** Everything that is wrong, one problem an entry. */
    public List<String> problems() {
        return problems;
    }
}
