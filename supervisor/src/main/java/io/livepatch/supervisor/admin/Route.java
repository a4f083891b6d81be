package io.livepatch.supervisor.admin;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A way through the endpoint.
 *
 * @param path with names in braces for the parts that vary; {@code **} at its end stands for all that follows
 * @param guarded whether it changes something, or shows what only the owner of the workers may see
 */
record Route(String method, String path, boolean guarded, Handler handler) {

    private static final String REST = "**";

    /** Does what a route is for. */
    @FunctionalInterface
    interface Handler {
        Answer handle(Request request) throws IOException;
    }

    static Route open(String path, Handler handler) {
        return new Route("GET", path, false, handler);
    }

    static Route guarded(String method, String path, Handler handler) {
        return new Route(method, path, true, handler);
    }

    /**
     * The variables of {@code segments}, when they are this route's.
     *
     * @param segments of the path, still encoded: an encoded slash is part of a name
     */
    Optional<Map<String, String>> match(List<String> segments) {
        List<String> pattern = Arrays.asList(path.substring(1).split("/", -1));
        boolean open = REST.equals(pattern.getLast());
        int fixed = open ? pattern.size() - 1 : pattern.size();
        if (open ? segments.size() < fixed : segments.size() != fixed) {
            return Optional.empty();
        }
        Map<String, String> variables = new HashMap<>();
        for (int i = 0; i < fixed; i++) {
            String part = pattern.get(i);
            if (part.startsWith("{")) {
                variables.put(part.substring(1, part.length() - 1), Router.decode(segments.get(i)));
            } else if (!part.equals(segments.get(i))) {
                return Optional.empty();
            }
        }
        if (open) {
            variables.put(REST, String.join("/", segments.subList(fixed, segments.size())));
        }
        return Optional.of(variables);
    }
}
