package io.livepatch.haproxy;

import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong with one record, so that all of it is said at once. */
final class Problems {
    private final String subject;
    private final List<String> found = new ArrayList<>();

    Problems(String subject) {
        this.subject = subject;
    }

    Problems unless(boolean fine, String problem) {
        if (!fine) {
            found.add(problem);
        }
        return this;
    }

    void throwIfAny() {
        if (!found.isEmpty()) {
            throw new HaproxyException.InvalidModel(subject, found);
        }
    }
}
