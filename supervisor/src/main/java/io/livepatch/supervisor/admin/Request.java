package io.livepatch.supervisor.admin;

import com.sun.net.httpserver.HttpExchange;
import io.livepatch.supervisor.debug.Requester;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A request that found its route.
 *
 * @param variables the parts of the path that the route has names for, decoded; {@code **} is the rest as it came
 */
record Request(HttpExchange exchange, Map<String, String> variables, Map<String, String> query, Requester visitor) {

    private static final int MOST_BYTES = 1 << 20;

    static Request of(HttpExchange exchange, Map<String, String> variables, Requester visitor) {
        Map<String, String> query = new HashMap<>();
        String raw = exchange.getRequestURI().getRawQuery();
        for (String pair : raw == null ? new String[0] : raw.split("&", -1)) {
            int equals = pair.indexOf('=');
            String name = equals < 0 ? pair : pair.substring(0, equals);
            query.put(decode(name), equals < 0 ? "" : decode(pair.substring(equals + 1)));
        }
        return new Request(exchange, variables, query, visitor);
    }

    private static String decode(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new RequestException(400, "the query '%s' is not percent-encoded".formatted(text));
        }
    }

    String variable(String name) {
        return variables.getOrDefault(name, "");
    }

    /** Present, and not {@code false}: {@code ?dry-run} and {@code ?dry-run=true} both mean yes. */
    boolean flag(String name) {
        return switch (query.getOrDefault(name, "false")) {
            case "", "true", "1" -> true;
            case "false", "0" -> false;
            default -> throw new RequestException(400, "'%s' is either true or false".formatted(name));
        };
    }

    Optional<String> text(String name) {
        return Optional.ofNullable(query.get(name));
    }

    /** A number of the query. */
    Optional<Long> number(String name, long from, long to) {
        return text(name).map(text -> {
            try {
                long number = Long.parseLong(text);
                if (number >= from && number <= to) {
                    return number;
                }
            } catch (NumberFormatException notOne) {
                // Said below.
            }
            throw new RequestException(
                    400, "'%s' is no value of '%s': a number from %d to %d".formatted(text, name, from, to));
        });
    }

    /** The body, which is read no further than it may be long. */
    String body() throws IOException {
        String announced = exchange.getRequestHeaders().getFirst("Content-Length");
        if (announced != null && (announced.length() > 9 || Long.parseLong(announced) > MOST_BYTES)) {
            throw tooLarge();
        }
        byte[] bytes = exchange.getRequestBody().readNBytes(MOST_BYTES + 1);
        if (bytes.length > MOST_BYTES) {
            throw tooLarge();
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static RequestException tooLarge() {
        return new RequestException(413, "the body is too large: at most %d bytes".formatted(MOST_BYTES));
    }
}
