package io.livepatch.fleet.api;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * A request that found its route.
 *
 * @param variables the parts of the path that the route has names for, decoded
 */
record Request(HttpExchange exchange, Map<String, String> variables, Map<String, String> query) {
    private static final long MOST_IN_VAIN = 64L << 20;

    static Request of(HttpExchange exchange, Map<String, String> variables) {
        Map<String, String> query = new HashMap<>();
        String raw = exchange.getRequestURI().getRawQuery();
        for (String pair : raw == null ? new String[0] : raw.split("&", -1)) {
            String[] parts = pair.split("=", 2);
            query.put(decode(parts[0]), parts.length == 2 ? decode(parts[1]) : "");
        }
        return new Request(exchange, variables, query);
    }

    static String decode(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new RequestException(400, "'%s' is not percent-encoded".formatted(text));
        }
    }

    String variable(String name) {
        return variables.getOrDefault(name, "");
    }

    /** A text of the query, empty without it. */
    String text(String name) {
        return query.getOrDefault(name, "");
    }

    /** A number of the query, 0 without it. */
    long number(String name) {
        String text = query.getOrDefault(name, "0");
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new RequestException(400, "'%s' is no value of '%s': a number".formatted(text, name));
        }
    }

    /** A number of the query, or the one that is meant without it. */
    int number(String name, int otherwise, int most) {
        return number(name, query.getOrDefault(name, String.valueOf(otherwise)), most);
    }

    /** A number of the path. */
    int index(String name, int most) {
        return number(name, variable(name), most);
    }

    private static int number(String name, String text, int most) {
        try {
            int number = Integer.parseInt(text);
            if (number >= 0 && number <= most) {
                return number;
            }
        } catch (NumberFormatException notOne) {
            // Said below.
        }
        throw new RequestException(400, "'%s' is no value of '%s': a number from 0 to %d".formatted(text, name, most));
    }

    /** The body, which is read no further than it may be long. */
    byte[] body(int most) throws IOException {
        byte[] bytes = exchange.getRequestBody().readNBytes(most + 1);
        if (bytes.length > most) {
            // Who is still sending when the connection ends does not see the answer.
            exchange.getRequestBody().skip(MOST_IN_VAIN);
            throw new RequestException(413, "the body is too large: at most %d bytes".formatted(most));
        }
        return bytes;
    }
}
