package io.livepatch.supervisor.admin;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.livepatch.supervisor.debug.DebugException;
import io.livepatch.supervisor.debug.Requester;
import io.livepatch.supervisor.process.TcpSocket;
import java.io.IOException;
import java.io.OutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Dispatches the exchanges of the JDK's server to the routes, and logs requests that change something. */
final class HttpDispatcher implements HttpHandler {

    private static final Logger log = LoggerFactory.getLogger(HttpDispatcher.class);

    private final Router router;
    private final AccessFilter filter;

    HttpDispatcher(Router router, AccessFilter filter) {
        this.router = router;
        this.filter = filter;
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        // The JDK's server notices that a client has left when it writes, and during a recording nothing is written.
        Requester requester = () -> !TcpSocket.isEstablished(exchange.getLocalAddress(), exchange.getRemoteAddress());
        try (exchange;
                Answer answer = answer(exchange, requester)) {
            if (!isRead(exchange)) {
                log.info(
                        "{} {} from {}: {}",
                        exchange.getRequestMethod(),
                        exchange.getRequestURI(),
                        exchange.getRemoteAddress().getAddress().getHostAddress(),
                        answer.status());
            }
            send(exchange, answer, requester);
        } catch (DebugException.Abandoned e) {
            log.debug("{} was not waited for", exchange.getRequestURI());
        }
    }

    private Answer answer(HttpExchange exchange, Requester requester) throws IOException {
        try {
            Router.Match match = router.find(
                    exchange.getRequestMethod(), exchange.getRequestURI().getRawPath());
            filter.check(exchange.getRequestHeaders(), match.route().guarded());
            return match.route().handler().handle(Request.of(exchange, match.variables(), requester));
        } catch (DebugException.Abandoned e) {
            throw e;
        } catch (RuntimeException e) {
            return Problems.of(e);
        }
    }

    private static void send(HttpExchange exchange, Answer answer, Requester requester) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", answer.mediaType());
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
        answer.headers().forEach(exchange.getResponseHeaders()::set);
        if ("HEAD".equals(exchange.getRequestMethod())) {
            exchange.sendResponseHeaders(answer.status(), -1);
            return;
        }
        exchange.sendResponseHeaders(answer.status(), 0);
        try (OutputStream out = exchange.getResponseBody()) {
            answer.body().write(out, requester);
        }
    }

    private static boolean isRead(HttpExchange exchange) {
        return "GET".equals(exchange.getRequestMethod()) || "HEAD".equals(exchange.getRequestMethod());
    }
}
