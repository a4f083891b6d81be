package io.livepatch.supervisor.admin;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** Finds the route of a request. */
final class Router {

    private static final String HEAD = "HEAD";

    private final List<Route> routes;

    Router(List<Route> routes) {
        this.routes = List.copyOf(routes);
    }

    /** A route, and what its variables are here. */
    record Match(Route route, Map<String, String> variables) {}

    Match find(String method, String rawPath) {
        List<String> segments = Arrays.asList(rawPath.replaceFirst("^/", "").split("/", -1));
        TreeSet<String> allowed = new TreeSet<>();
        for (Route route : routes) {
            Optional<Map<String, String>> variables = route.match(segments);
            if (variables.isPresent()) {
                if (route.method().equals(HEAD.equals(method) ? "GET" : method)) {
                    return new Match(route, variables.orElseThrow());
                }
                allowed.add(route.method());
            }
        }
        if (allowed.isEmpty()) {
            throw new RequestException(404, "there is nothing at '%s'; GET / lists what there is".formatted(rawPath));
        }
        if (allowed.contains("GET")) {
            allowed.add(HEAD);
        }
        String names = String.join(", ", allowed);
        throw new RequestException(405, "'%s' knows %s".formatted(rawPath, names), "Allow", names);
    }

    static String decode(String segment) {
        try {
            // A plus is a plus in a path.
            return URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new RequestException(400, "the path '%s' is not percent-encoded".formatted(segment));
        }
    }
}
