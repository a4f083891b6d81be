package io.livepatch.common.http;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A method, a path and the handler of their requests.
 *
 * @param path with variables in braces; {@code **} at its end matches any further segments
 * @param guarded whether it changes something or shows secrets, so that {@link AccessFilter} restricts it
 * @param logged whether requests that are not GET or HEAD are logged
 */
public record Route(String method, String path, boolean guarded, boolean logged, Handler handler) {
    private static final String REST = "**";

    /** Handles the requests of a route, on their own threads. */
    @FunctionalInterface
    public interface Handler {
        Response handle(Request request) throws IOException;
    }

    public static Route open(String path, Handler handler) {
        return new Route("GET", path, false, true, handler);
    }

    public static Route guarded(String method, String path, Handler handler) {
        return new Route(method, path, true, true, handler);
    }

    /** A copy without log lines, for frequent requests of programs. */
    public Route unlogged() {
        return new Route(method, path, guarded, false, handler);
    }

    /** {@code GET /path}. */
    public String name() {
        return method + " " + path;
    }

    /**
     * The variables of a path that matches.
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
                variables.put(part.substring(1, part.length() - 1), Request.decodePath(segments.get(i)));
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
