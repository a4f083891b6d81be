package io.livepatch.fleet.config;

import java.util.List;
import java.util.stream.Collectors;

/** A file that cannot be used. Holds everything that is wrong with it; its message lists it, one problem a line. */
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<Problem> problems;

    ConfigException(List<Problem> problems) {
        super(problems.stream().map(problem -> "\n  " + problem).collect(Collectors.joining("", header(problems), "")));
        this.problems = List.copyOf(problems);
    }

    private static String header(List<Problem> problems) {
        return "the configuration cannot be used, it has "
                + (problems.size() == 1 ? "1 problem:" : problems.size() + " problems:");
    }

    /** In the order of the file's lines. */
    public List<Problem> problems() {
        return problems;
    }
}
