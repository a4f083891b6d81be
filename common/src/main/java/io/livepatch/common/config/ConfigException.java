package io.livepatch.common.config;

import java.util.List;
import java.util.stream.Collectors;

/** A configuration that cannot be used. Its message lists every problem, one a line. */
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<ConfigProblem> problems;

    public ConfigException(List<ConfigProblem> problems) {
        super("the configuration cannot be used, it has "
                + (problems.size() == 1 ? "1 problem:" : problems.size() + " problems:")
                + problems.stream().map(problem -> "\n  " + problem).collect(Collectors.joining()));
        this.problems = List.copyOf(problems);
    }

    /** In the order of sources and lines. */
    public List<ConfigProblem> problems() {
        return problems;
    }
}
