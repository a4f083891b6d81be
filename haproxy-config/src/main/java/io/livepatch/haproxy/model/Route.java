package io.livepatch.haproxy.model;

import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Requests that a {@link Frontend} hands on, and the {@link Backend} that answers them.
 *
 * @param path the path itself and everything below it; no slash at its end
 * @param ending only paths that also end with this, {@code /pings}
 * @param methods only these methods; empty for every method
 * @param streamed whether the body is passed on while it arrives. All other bodies are held until they are complete, and are
 *     limited to {@link Limits#bodyBytes}
 */
public record Route(String path, Optional<String> ending, Set<String> methods, String backend, boolean streamed) {
    public Route {
        methods = Set.copyOf(methods);
        Problems problems = new Problems("route '" + path + "'")
                .unless(Grammar.isRoute(path), "'" + path + "' is not " + Grammar.ROUTE_RULE)
                .unless(
                        ending.map(Grammar::isRoute).orElse(true),
                        "ending '" + ending.orElse("") + "' is not " + Grammar.ROUTE_RULE)
                .unless(Grammar.isName(backend), "backend '" + backend + "' is not " + Grammar.NAME_RULE);
        for (String method : new TreeSet<>(methods)) {
            problems.unless(Grammar.isMethod(method), "method '" + method + "' is not like GET");
        }
        problems.throwIfAny();
    }

    /** Every request to this path and below it. */
    public static Route to(String backend, String path) {
        return new Route(path, Optional.empty(), Set.of(), backend, false);
    }

    public Route withEnding(String newEnding) {
        return new Route(path, Optional.of(newEnding), methods, backend, streamed);
    }

    public Route withMethods(String... newMethods) {
        return new Route(path, ending, Set.of(newMethods), backend, streamed);
    }

    public Route asStreamed() {
        return new Route(path, ending, methods, backend, true);
    }

    boolean isWholePath() {
        return ending.isEmpty() && methods.isEmpty();
    }
}
