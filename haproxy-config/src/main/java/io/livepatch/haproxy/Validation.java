package io.livepatch.haproxy;

import java.util.List;

/** What {@code haproxy -c} says of a text. */
public sealed interface Validation {
    /** haproxy would start with it. */
    record Valid() implements Validation {}

    /**
     * haproxy would not.
     *
     * @param problems its own words, each with the line it speaks of
     */
    record Invalid(List<String> problems) implements Validation {
        public Invalid {
            problems = List.copyOf(problems);
        }
    }
}
