package io.livepatch.haproxy.model;

import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Requests that a {@link Frontend} forwards, and the {@link Backend} that answers them.
 *
 * @param path this path and all paths below it; does not end with a slash
 * @param ending the route is limited to paths that end with this, such as {@code /events}
 * @param methods only these methods; empty for every method
 * @param streamed whether the body is forwarded while it arrives. Other bodies are held until they are complete, and are
 *     limited to {@link ProxyLimits#bodyBytes}
 */
public record Route(String path, Optional<String> ending, Set<String> methods, String backend, boolean streamed) {
    public Route {
        methods = Set.copyOf(methods);
        Violations violations = new Violations("route '" + path + "'")
                .unless(ConfigSyntax.isRoute(path), "'" + path + "' is not " + ConfigSyntax.ROUTE_RULE)
                .unless(
                        ending.map(ConfigSyntax::isRoute).orElse(true),
                        "ending '" + ending.orElse("") + "' is not " + ConfigSyntax.ROUTE_RULE)
                .unless(ConfigSyntax.isName(backend), "backend '" + backend + "' is not " + ConfigSyntax.NAME_RULE);
        for (String method : new TreeSet<>(methods)) {
            violations.unless(ConfigSyntax.isMethod(method), "method '" + method + "' is not like GET");
        }
        violations.throwIfAny();
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
