package io.livepatch.common.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The problems and warnings of one configuration. */
final class ProblemList {
    private final String source;
    private final List<ConfigProblem> problems = new ArrayList<>();
    private final List<ConfigProblem> warnings = new ArrayList<>();

    /**
     * An empty list.
     *
     * @param source the file, whose problems are listed first
     */
    ProblemList(String source) {
        this.source = source;
    }

    String source() {
        return source;
    }

    boolean isEmpty() {
        return problems.isEmpty();
    }

    List<ConfigProblem> warnings() {
        return warnings;
    }

    /** Adds a problem in the file. */
    void add(int line, String key, String what, String remedy) {
        add(source, line, key, "", what, remedy);
    }

    void add(String where, int line, String key, String value, String what, String remedy) {
        add(new ConfigProblem(where, line, key, value, what, remedy));
    }

    void add(ConfigProblem problem) {
        problems.add(problem);
    }

    void warn(String where, int line, String key, String what) {
        warnings.add(new ConfigProblem(where, line, key, "", what, ""));
    }

    /** Whether a problem is known with an option, or with one inside of it. */
    boolean knows(String path) {
        return problems.stream()
                .map(ConfigProblem::key)
                .anyMatch(key -> path.isEmpty()
                        || (key.startsWith(path)
                                && (key.length() == path.length() || "[.".indexOf(key.charAt(path.length())) >= 0)));
    }

    /** In the order of sources and lines. */
    ConfigException exception() {
        return new ConfigException(problems.stream()
                .sorted(Comparator.comparing(
                                (ConfigProblem problem) -> !problem.source().equals(source))
                        .thenComparing(ConfigProblem::source)
                        .thenComparingInt(ConfigProblem::line))
                .toList());
    }
}
