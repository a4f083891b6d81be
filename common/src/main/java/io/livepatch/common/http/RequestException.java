package io.livepatch.common.http;

import java.util.List;
import java.util.Map;

/** A request that is refused with a status of 400 or above; the message is sent to the client and contains the remedy. */
public final class RequestException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final int status;
    private final transient Map<String, String> headers;
    private final transient List<String> errors;

    public RequestException(int status, String message) {
        this(status, message, Map.of());
    }

    /** With headers that the status requires, such as {@code Retry-After}. */
    public RequestException(int status, String message, Map<String, String> headers) {
        this(status, message, headers, List.of());
    }

    /** With all problems of the document in the request. */
    public RequestException(int status, String message, List<String> errors) {
        this(status, message, Map.of(), errors);
    }

    private RequestException(int status, String message, Map<String, String> headers, List<String> errors) {
        super(message);
        this.status = status;
        this.headers = headers;
        this.errors = errors;
    }

    int status() {
        return status;
    }

    Map<String, String> headers() {
        return headers;
    }

    List<String> errors() {
        return errors;
    }
}
