package io.livepatch.fleet.api;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A way through the API.
 *
 * @param path with names in braces for the parts that vary
 */
record Route(String method, String path, Handler handler) {

    /** Does what a route is for. */
    @FunctionalInterface
    interface Handler {
        Answer handle(Request request) throws IOException;
    }

    /** Whether it changes something. */
    boolean guarded() {
        return !"GET".equals(method);
    }

    /** The variables of a path that is this route's. */
    Optional<Map<String, String>> match(List<String> segments) {
        List<String> pattern = Arrays.asList(path.substring(1).split("/", -1));
        if (segments.size() != pattern.size()) {
            return Optional.empty();
        }
        Map<String, String> variables = new HashMap<>();
        for (int i = 0; i < pattern.size(); i++) {
            String part = pattern.get(i);
            if (part.startsWith("{")) {
                // A plus is a plus in a path.
                variables.put(
                        part.substring(1, part.length() - 1),
                        Request.decode(segments.get(i).replace("+", "%2B")));
            } else if (!part.equals(segments.get(i))) {
                return Optional.empty();
            }
        }
        return Optional.of(variables);
    }
}
