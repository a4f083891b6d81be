package io.livepatch.server.http;

import java.util.Optional;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpHeader;

/**
 * Checks the credentials of a request before its body is read and before it takes a slot, so that a client without credentials can
 * make the unit hold neither. Whether they are valid may be left to the resource, where only a database can tell. Thread-safe.
 */
public interface Guard {

    /** Whether requests of this method and path are checked here; asked for what no {@link DirectRoute} answers. */
    boolean covers(String method, String path);

    /** Calls {@code next}, now or later, or answers the exchange. Runs on a connection thread and must not block. */
    void check(Exchange exchange, Runnable next);

    /** Checks the value of the header {@code Authorization}; what the check throws becomes the answer. */
    static void header(Exchange exchange, Consumer<Optional<String>> check, Runnable next) {
        exchange.answering(() -> {
            exchange.withOrigin(() -> check.accept(exchange.header(HttpHeader.AUTHORIZATION)));
            next.run();
        });
    }
}
