package io.livepatch.fleet.api;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** Finds the route of a request. */
final class Router {
    private final List<Route> routes;

    Router(List<Route> routes) {
        this.routes = List.copyOf(routes);
    }

    /** A route, and what its variables are here. */
    record Match(Route route, Map<String, String> variables) {}

    Match find(String method, String rawPath) {
        List<String> segments = Arrays.asList(rawPath.replaceFirst("^/", "").split("/", -1));
        String wanted = "HEAD".equals(method) ? "GET" : method;
        TreeSet<String> allowed = new TreeSet<>();
        for (Route route : routes) {
            Optional<Map<String, String>> variables = route.match(segments);
            if (variables.isPresent() && route.method().equals(wanted)) {
                return new Match(route, variables.orElseThrow());
            }
            variables.ifPresent(it -> allowed.add(route.method()));
        }
        if (allowed.isEmpty()) {
            throw new RequestException(404, "there is nothing at '%s'; GET / lists what there is".formatted(rawPath));
        }
        String names = String.join(", ", allowed);
        throw new RequestException(405, "'%s' knows %s".formatted(rawPath, names), Map.of("Allow", names));
    }
}
