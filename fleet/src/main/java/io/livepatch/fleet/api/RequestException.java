package io.livepatch.fleet.api;

import io.livepatch.common.config.DidYouMean;
import java.util.List;
import java.util.Map;

/** A request that is not fulfilled; the message tells the caller what to change. */
final class RequestException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final int status;
    private final transient Map<String, String> headers;

    RequestException(int status, String message) {
        this(status, message, Map.of());
    }

    RequestException(int status, String message, Map<String, String> headers) {
        super(message);
        this.status = status;
        this.headers = headers;
    }

    static RequestException unknown(String kind, String name, List<String> known) {
        String choice = DidYouMean.similar(name, known)
                .map(similar -> "did you mean '" + similar + "'?")
                .orElse(known.isEmpty() ? "there is none" : "there is " + String.join(", ", known));
        return new RequestException(404, "no %s '%s'; %s".formatted(kind, name, choice));
    }

    int status() {
        return status;
    }

    Map<String, String> headers() {
        return headers;
    }
}
