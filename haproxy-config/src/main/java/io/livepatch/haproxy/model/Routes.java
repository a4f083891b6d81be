package io.livepatch.haproxy.model;

import java.util.List;
import java.util.Set;
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
                            "requests to '" + path + "' that none of its routes means have no backend; add a route for"
                                    + " every method and ending"));
            violations.throwIfAny();
        }

        @Override
        public Set<String> backends() {
            return routes.stream().map(Route::backend).collect(Collectors.toUnmodifiableSet());
        }
    }
}
