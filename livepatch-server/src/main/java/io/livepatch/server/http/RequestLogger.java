package io.livepatch.server.http;

import io.livepatch.server.metrics.Metrics;
import java.time.Duration;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.RequestLog;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.NanoTime;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Writes a log line and a metrics observation for each answer. The query (it may contain a signature) and the headers (one contains the
 * token) are never logged.
 */
final class RequestLogger implements RequestLog {
    static final String ROUTE = "io.livepatch.route";
    static final String REQUEST_ID = "X-Request-Id";
    private static final String UNKNOWN_ROUTE = "unknown";
    private static final Logger LOG = LoggerFactory.getLogger("io.livepatch.server.request");

    private final Metrics metrics;
    private final ClientAddresses clientAddresses;

    RequestLogger(Metrics metrics, ClientAddresses clientAddresses) {
        this.metrics = metrics;
        this.clientAddresses = clientAddresses;
    }

    /** Jetty calls this before it reads the next request of the connection. */
    @Override
    public void log(Request request, Response response) {
        TrackedEndPoint connection = TrackedEndPoint.of(request);
        if (connection != null) {
            connection.enter(TrackedEndPoint.Phase.IDLE);
        }
        Duration duration = Duration.ofNanos(NanoTime.since(request.getHeadersNanoTime()));
        String route = request.getAttribute(ROUTE) instanceof String text ? text : UNKNOWN_ROUTE;
        metrics.request(route, request.getMethod(), response.getStatus(), duration);
        Level level = level(route, response.getStatus());
        if (LOG.isEnabledForLevel(level)) {
            LOG.atLevel(level)
                    .addKeyValue("method", request.getMethod())
                    .addKeyValue("path", request.getHttpURI().getCanonicalPath())
                    .addKeyValue("status", response.getStatus())
                    .addKeyValue("bytes", Response.getContentBytesWritten(response))
                    .addKeyValue("micros", duration.toNanos() / 1000)
                    .addKeyValue("source", clientAddresses.of(request).getHostAddress())
                    .addKeyValue("request-id", response.getHeaders().get(REQUEST_ID))
                    .log("request");
        }
    }

    /**
     * Successful probes, check-ins and downloads are frequent, and metrics count them: a log line would cost more than the answer.
     */
    private static Level level(String route, int status) {
        boolean expected = route.startsWith("/health/")
                || route.equals("/metrics")
                || route.endsWith("/updates")
                || route.startsWith("/v1/patches/");
        if (status >= 500) {
            return expected && status == 503 ? Level.INFO : Level.WARN;
        }
        return expected && status < 400 ? Level.DEBUG : Level.INFO;
    }
}
