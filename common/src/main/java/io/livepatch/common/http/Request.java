package io.livepatch.common.http;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A request to a route. Methods throw {@link RequestException} for malformed parts.
 *
 * @param variables the path variables of the route, decoded; {@code **} is the rest, still encoded
 * @param query the parameters, decoded; the last of several with one name
 */
public record Request(HttpExchange exchange, Map<String, String> variables, Map<String, String> query) {
    private static final long MAX_DISCARDED = 8L << 20;

    static Request of(HttpExchange exchange, Map<String, String> variables) {
        Map<String, String> query = new HashMap<>();
        String raw = exchange.getRequestURI().getRawQuery();
        for (String pair : raw == null ? new String[0] : raw.split("&", -1)) {
            String[] parts = pair.split("=", 2);
            query.put(decode(parts[0]), parts.length == 2 ? decode(parts[1]) : "");
        }
        return new Request(exchange, variables, query);
    }

    private static String decode(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new RequestException(400, "'%s' is not percent-encoded".formatted(text));
        }
    }

    /** Decodes a part of a path, where a plus is not a space. */
    public static String decodePath(String segment) {
        return decode(segment.replace("+", "%2B"));
    }

    public String variable(String name) {
        return variables.getOrDefault(name, "");
    }

    public Optional<String> text(String name) {
        return Optional.ofNullable(query.get(name));
    }

    /** Whether a parameter is given other than as {@code false}: {@code ?dry-run} and {@code ?dry-run=true} are the same. */
    public boolean flag(String name) {
        return switch (query.getOrDefault(name, "false")) {
            case "", "true", "1" -> true;
            case "false", "0" -> false;
            default -> throw new RequestException(400, "'%s' is either true or false".formatted(name));
        };
    }

    public Optional<Long> number(String name, long min, long max) {
        return text(name).map(text -> number(name, text, min, max));
    }

    /** A number from 0 to a maximum, or the default if the parameter is absent. */
    public int numberOr(String name, int byDefault, int max) {
        return number(name, 0, max).map(Math::toIntExact).orElse(byDefault);
    }

    /** A number of the path, from 0 to a maximum. */
    public int index(String name, int max) {
        return Math.toIntExact(number(name, variable(name), 0, max));
    }

    private static long number(String name, String text, long min, long max) {
        try {
            long number = Long.parseLong(text);
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Reported below, like a number out of range.
        }
        throw new RequestException(
                400, "'%s' is no value of '%s': a number from %d to %d".formatted(text, name, min, max));
    }

    /** The body; refused if it is longer than the maximum in bytes. */
    public byte[] body(int max) throws IOException {
        String announced = exchange.getRequestHeaders().getFirst("Content-Length");
        if (announced != null && (announced.length() > 12 || Long.parseLong(announced) > max + MAX_DISCARDED)) {
            throw tooLarge(max);
        }
        byte[] bytes = exchange.getRequestBody().readNBytes(max + 1);
        if (bytes.length > max) {
            // A client that is still sending when the connection is closed does not see the response.
            exchange.getRequestBody().skip(MAX_DISCARDED);
            throw tooLarge(max);
        }
        return bytes;
    }

    private static RequestException tooLarge(int max) {
        return new RequestException(413, "the body is too large: at most %d bytes".formatted(max));
    }
}
