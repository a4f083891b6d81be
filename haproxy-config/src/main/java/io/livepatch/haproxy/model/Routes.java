package io.livepatch.haproxy.model;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Which requests a {@link Frontend} hands on, and to which backend. */
public sealed interface Routes {
    /** Every request, unread: for a backend that guards itself. */
    static Routes every(String backend) {
        return new Every(backend);
    }

    /** These and no others: haproxy itself answers everything else with 404. */
    static Routes only(List<Route> routes) {
        return new Only(routes);
    }

    /** The backends that get any of them. */
    Set<String> backends();

    /** Every request. */
    record Every(String backend) implements Routes {
        @Override
        public Set<String> backends() {
            return Set.of(backend);
        }
    }

    /**
     * An allow list. Only paths written plainly pass: one that haproxy and the unit could read differently (percent
     * encoding, dot segments, double slashes, path parameters) is no route of ours.
     *
     * @param routes the first that matches a request decides, so a narrower one stands before a wider one
     */
    record Only(List<Route> routes) implements Routes {
        public Only {
            routes = List.copyOf(routes);
            Problems problems = new Problems("routes");
            Set<String> whole =
                    routes.stream().filter(Route::isWholePath).map(Route::path).collect(Collectors.toSet());
            routes.stream()
                    .map(Route::path)
                    .distinct()
                    .forEach(path -> problems.unless(
                            whole.contains(path),
                            "requests to '" + path + "' that none of its routes means have no backend; add a route for"
                                    + " every method and ending"));
            problems.throwIfAny();
        }

        @Override
        public Set<String> backends() {
            return routes.stream().map(Route::backend).collect(Collectors.toUnmodifiableSet());
        }
    }
}
