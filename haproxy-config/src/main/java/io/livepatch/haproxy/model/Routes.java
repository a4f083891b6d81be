package io.livepatch.haproxy.model;

import io.livepatch.haproxy.model.InvalidModelException.Violations;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The requests that a {@link Frontend} forwards, and their backends. */
public sealed interface Routes {
    /** Every request, whatever its path. */
    static Routes every(String backend) {
        return new Every(backend);
    }

    /** These requests only; haproxy answers all others with 404. */
    static Routes only(List<Route> routes) {
        return new Only(routes);
    }

    /** The backends that the requests are forwarded to. */
    Set<String> backends();

    /** Every request. */
    record Every(String backend) implements Routes {
        @Override
        public Set<String> backends() {
            return Set.of(backend);
        }
    }

    /**
     * An allow list. A path that haproxy and a server could read differently (percent encoding, dot segments, double slashes, path
     * parameters) matches no route.
     *
     * @param routes the first that matches a request decides, so a narrower one stands before a wider one
     */
    record Only(List<Route> routes) implements Routes {
        public Only {
            routes = List.copyOf(routes);
            Violations violations = new Violations("routes");
            Set<String> whole =
                    routes.stream().filter(Route::isWholePath).map(Route::path).collect(Collectors.toSet());
            routes.stream()
                    .map(Route::path)
                    .distinct()
                    .forEach(path -> violations.unless(
                            whole.contains(path),
                            "requests to '" + path + "' that match none of its routes have no backend; add a route for"
                                    + " every method and ending"));
            violations.throwIfAny();
        }

        @Override
        public Set<String> backends() {
            return routes.stream().map(Route::backend).collect(Collectors.toUnmodifiableSet());
        }
    }

    /**
     * Requests that a {@link Frontend} forwards, and the {@link Backend} that answers them.
     *
     * @param path this path and all paths below it; does not end with a slash
     * @param ending the route is limited to paths that end with this, such as {@code /events}
     * @param methods only these methods; empty for every method
     * @param streamed whether the body is forwarded while it arrives. Other bodies are held until they are complete, and are
     *     limited to {@link ProxyLimits#bodyBytes}
     */
    record Route(String path, Optional<String> ending, Set<String> methods, String backend, boolean streamed) {
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
}
