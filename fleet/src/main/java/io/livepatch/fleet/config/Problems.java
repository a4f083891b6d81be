package io.livepatch.fleet.config;

import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.Set;

/** Collects what is wrong, so that all of it is told at once. */
final class Problems {
    private final String file;
    private final Set<Problem> found = new LinkedHashSet<>();

    Problems(String file) {
        this.file = file;
    }

    void add(int line, String key, String what) {
        found.add(new Problem(file, line, key, what));
    }

    /** Whether anything at or below a key is known to be wrong. */
    boolean under(String key) {
        return found.stream()
                .map(Problem::key)
                .anyMatch(wrong -> key.isEmpty()
                        || wrong.equals(key)
                        || wrong.startsWith(key + ".")
                        || wrong.startsWith(key + "["));
    }

    void refuseAny() {
        if (!found.isEmpty()) {
            throw new ConfigException(found.stream()
                    .sorted(Comparator.comparingInt(Problem::line))
                    .toList());
        }
    }
}
