package io.livepatch.server.http;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.Map;

/**
 * An error as the caller sees it (RFC 9457).
 *
 * @param headers what goes with it: {@code Allow}, {@code Retry-After}, {@code WWW-Authenticate}
 */
@JsonPropertyOrder({"type", "title", "status", "detail"})
public record Problem(
        String type,
        String title,
        int status,
        String detail,
        @JsonIgnore Map<String, String> headers) {
    static final String CONTENT_TYPE = "application/problem+json";

    public Problem {
        headers = Map.copyOf(headers);
    }

    /** A problem that its title and detail say all of. */
    public static Problem of(int status, String title, String detail) {
        return of(status, title, detail, Map.of());
    }

    public static Problem of(int status, String title, String detail, Map<String, String> headers) {
        return new Problem("about:blank", title, status, detail, headers);
    }

    byte[] json() {
        return Json.bytes(this);
    }
}
