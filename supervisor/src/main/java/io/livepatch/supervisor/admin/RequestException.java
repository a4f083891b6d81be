package io.livepatch.supervisor.admin;

import java.util.Map;

/** A request that is not fulfilled, for a reason of its own; the message tells the caller what to change. */
final class RequestException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int status;
    private final String header;
    private final String value;

    RequestException(int status, String message) {
        this(status, message, "", "");
    }

    /** With a header that the status calls for. */
    RequestException(int status, String message, String header, String value) {
        super(message);
        this.status = status;
        this.header = header;
        this.value = value;
    }

    int status() {
        return status;
    }

    Map<String, String> headers() {
        return header.isEmpty() ? Map.of() : Map.of(header, value);
    }
}
