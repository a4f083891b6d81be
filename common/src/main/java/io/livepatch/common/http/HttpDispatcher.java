package io.livepatch.common.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Dispatches exchanges of the JDK's server to their routes, and logs requests that change something. */
final class HttpDispatcher implements HttpHandler {
    private static final Logger log = LoggerFactory.getLogger(HttpDispatcher.class);
    private static final String GET = "GET";
    private static final String HEAD = "HEAD";

    private record Match(Route route, Map<String, String> variables) {}

    private final List<Route> routes;
    private final AccessFilter access;
    private final ProblemDetails problems;

    HttpDispatcher(List<Route> routes, AccessFilter access, ProblemDetails problems) {
        this.routes = List.copyOf(routes);
        this.access = access;
        this.problems = problems;
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        try (exchange;
                Response response = respond(exchange)) {
            send(exchange, response);
        } catch (ClientGoneException e) {
            log.debug("the client of {} closed the connection", exchange.getRequestURI());
        }
    }

    private Response respond(HttpExchange exchange) throws IOException {
        try {
            Match match =
                    find(exchange.getRequestMethod(), exchange.getRequestURI().getRawPath());
            Response response = respond(exchange, match);
            if (match.route.logged()) {
                log(exchange, response);
            }
            return response;
        } catch (RequestException e) {
            Response response = problems.response(e);
            log(exchange, response);
            return response;
        }
    }

    private Response respond(HttpExchange exchange, Match match) throws IOException {
        try {
            access.check(exchange.getRequestHeaders(), match.route.guarded());
            return match.route.handler().handle(Request.of(exchange, match.variables));
        } catch (RuntimeException e) {
            return problems.response(e);
        }
    }

    private Match find(String method, String rawPath) {
        List<String> segments = Arrays.asList(rawPath.replaceFirst("^/", "").split("/", -1));
        TreeSet<String> allowed = new TreeSet<>();
        for (Route route : routes) {
            Optional<Map<String, String>> variables = route.match(segments);
            if (variables.isPresent()) {
                if (route.method().equals(HEAD.equals(method) ? GET : method)) {
                    return new Match(route, variables.orElseThrow());
                }
                allowed.add(route.method());
            }
        }
        if (allowed.isEmpty()) {
            throw new RequestException(404, "there is nothing at '%s'; GET / lists the routes".formatted(rawPath));
        }
        if (allowed.contains(GET)) {
            allowed.add(HEAD);
        }
        String names = String.join(", ", allowed);
        throw new RequestException(405, "'%s' allows %s".formatted(rawPath, names), Map.of("Allow", names));
    }

    private static void log(HttpExchange exchange, Response response) {
        if (!GET.equals(exchange.getRequestMethod()) && !HEAD.equals(exchange.getRequestMethod())) {
            log.info(
                    "{} {} from {}: {}",
                    exchange.getRequestMethod(),
                    exchange.getRequestURI(),
                    exchange.getRemoteAddress().getAddress().getHostAddress(),
                    response.status());
        }
    }

    private static void send(HttpExchange exchange, Response response) throws IOException {
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
        response.headers().forEach(exchange.getResponseHeaders()::set);
        if (HEAD.equals(exchange.getRequestMethod()) || response.length() == 0) {
            exchange.sendResponseHeaders(response.status(), -1);
            return;
        }
        // For the JDK's server, 0 means an unknown length, which it sends in chunks.
        exchange.sendResponseHeaders(response.status(), Math.max(0, response.length()));
        try (OutputStream out = exchange.getResponseBody()) {
            response.body().write(out);
        }
    }
}
