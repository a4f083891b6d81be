package io.livepatch.server.http;

import java.util.Optional;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpHeader;

/**
 * Checks the credentials of a request before its body is read and before it acquires a slot, so that a client without credentials
 * occupies neither. If only the database can validate them, the resource does. Thread-safe.
 */
public interface Guard {

    /** Whether this guard checks requests of this method and path; {@link DirectRoute}s have no guard. */
    boolean covers(String method, String path);

    /** Calls {@code next}, now or later, or completes the exchange. Runs on a connection thread and must not block. */
    void check(Exchange exchange, Runnable next);

    /** Checks the header {@code Authorization}; an exception of the check becomes the answer. */
    static void header(Exchange exchange, Consumer<Optional<String>> check, Runnable next) {
        exchange.answerFailures(() -> {
            exchange.withOrigin(() -> check.accept(exchange.header(HttpHeader.AUTHORIZATION)));
            next.run();
        });
    }
}
