package io.livepatch.fleet.api;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.io.OutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns exchanges of the JDK's server into requests and answers. Logs who changed what. */
final class HttpDispatcher implements HttpHandler {
    private static final Logger log = LoggerFactory.getLogger(HttpDispatcher.class);

    private final Router router;
    private final AccessFilter accessFilter;

    HttpDispatcher(Router router, AccessFilter accessFilter) {
        this.router = router;
        this.accessFilter = accessFilter;
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            Answer answer = answer(exchange);
            send(exchange, answer);
        }
    }

    private Answer answer(HttpExchange exchange) throws IOException {
        try {
            String method = exchange.getRequestMethod();
            Router.Match match = router.find(method, exchange.getRequestURI().getRawPath());
            accessFilter.check(exchange.getRequestHeaders(), match.route().guarded());
            Answer answer = match.route().handler().handle(Request.of(exchange, match.variables()));
            if (match.route().guarded() && !match.route().path().equals(PeerRoutes.TOLD)) {
                log.info(
                        "{} {} from {}: {}",
                        method,
                        exchange.getRequestURI().getRawPath(),
                        exchange.getRemoteAddress().getAddress().getHostAddress(),
                        answer.status());
            }
            return answer;
        } catch (RuntimeException e) {
            return Problems.of(e);
        }
    }

    private static void send(HttpExchange exchange, Answer answer) throws IOException {
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
        answer.headers().forEach(exchange.getResponseHeaders()::set);
        if ("HEAD".equals(exchange.getRequestMethod()) || answer.length() == 0) {
            exchange.sendResponseHeaders(answer.status(), -1);
            return;
        }
        exchange.sendResponseHeaders(answer.status(), answer.length());
        try (OutputStream out = exchange.getResponseBody()) {
            answer.body().write(out);
        }
    }
}
