package io.livepatch.supervisor.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Collects what is wrong, so that all of it is told at once, and what is only worth a remark. */
final class Problems {

    private final String file;
    private final Set<Problem> found = new LinkedHashSet<>();
    private final List<Finding> remarks = new ArrayList<>();

    Problems(String file) {
        this.file = file;
    }

    void add(int line, String key, String what) {
        found.add(new Problem(file, line, key, what));
    }

    void add(Problem problem) {
        found.add(problem);
    }

    void remark(String key, String what) {
        remarks.add(Finding.remark(key, what));
    }

    List<Finding> remarks() {
        return List.copyOf(remarks);
    }

    /** Whether anything at or below a key is known to be wrong. */
    boolean under(String key) {
        return found.stream()
                .anyMatch(problem -> problem.key().startsWith(key)
                        && (problem.key().length() == key.length()
                                || "[.".indexOf(problem.key().charAt(key.length())) >= 0));
    }

    void refuseAny() {
        if (!found.isEmpty()) {
            throw new ConfigException(found.stream()
                    .sorted(Comparator.comparing(Problem::file).thenComparingInt(Problem::line))
                    .toList());
        }
    }
}
