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
 * After each answer, one line in the log and one observation in the metrics. Neither the query (it may hold a signature) nor
 * any header (one holds the token) is ever written.
 */
final class RequestLogger implements RequestLog {
    static final String ROUTE = "io.livepatch.route";
    static final String REQUEST_ID = "X-Request-Id";
    private static final String UNKNOWN_ROUTE = "unknown";
    private static final Logger LOG = LoggerFactory.getLogger("io.livepatch.server.request");

    private final Metrics metrics;
    private final Sources sources;

    RequestLogger(Metrics metrics, Sources sources) {
        this.metrics = metrics;
        this.sources = sources;
    }

    /** Jetty calls this before it looks for the next request of the connection. */
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
                    .addKeyValue("source", sources.of(request).getHostAddress())
                    .addKeyValue("request-id", response.getHeaders().get(REQUEST_ID))
                    .log("request");
        }
    }

    /**
     * Probes come every second, and check-ins and downloads by the thousand; while all is well they say nothing that the
     * metrics do not. A line for each would cost more than answering it.
     */
    private static Level level(String route, int status) {
        boolean usual = route.startsWith("/health/")
                || route.equals("/metrics")
                || route.endsWith("/updates")
                || route.startsWith("/v1/patches/");
        if (status >= 500) {
            return usual && status == 503 ? Level.INFO : Level.WARN;
        }
        return usual && status < 400 ? Level.DEBUG : Level.INFO;
    }
}
