package io.livepatch.server.http;

import java.util.Optional;

/**
 * A path with at most one parameter, {@code /v1/client/{machine-id}/updates}. The parameter is one segment, never empty.
 *
 * @param text as it stands in the API document and in the label of a metric
 */
public record PathTemplate(String text, String prefix, String suffix) {

    /** Reads {@code /v1/patches/{filename}}. */
    public static PathTemplate of(String text) {
        int open = text.indexOf('{');
        int close = text.indexOf('}');
        return open < 0
                ? new PathTemplate(text, text, "")
                : new PathTemplate(text, text.substring(0, open), text.substring(close + 1));
    }

    /** Whether that is a path of this template. */
    public boolean matches(String path) {
        return match(path).isPresent();
    }

    /** The value of the parameter (empty text where the template has none), or nothing if the path is another one. */
    Optional<String> match(String path) {
        if (!text.contains("{")) {
            return path.equals(text) ? Optional.of("") : Optional.empty();
        }
        int end = path.length() - suffix.length();
        if (end <= prefix.length() || !path.startsWith(prefix) || !path.endsWith(suffix)) {
            return Optional.empty();
        }
        String value = path.substring(prefix.length(), end);
        return value.indexOf('/') < 0 ? Optional.of(value) : Optional.empty();
    }
}
