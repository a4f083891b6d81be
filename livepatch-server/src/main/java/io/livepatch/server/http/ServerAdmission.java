package io.livepatch.server.http;

import io.livepatch.server.http.HttpServer.Settings;
import io.livepatch.server.metrics.Metrics;
import io.livepatch.server.metrics.Refusal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The limits of concurrent requests of a server, one for each kind of request. */
final class ServerAdmission {
    /** {@code BasicUsers} checks fewer passwords at once; the other threads wait for it. */
    static final int LOGIN_THREADS = 4;

    /** Fewer than {@link HttpServer#THREADS}: uploads use up to 32, and reading tokens and opening patches needs some. */
    private static final int BLOCKING_REQUESTS = 64;

    private static final DirectRoute.Limit OTHERS = new DirectRoute.Limit(
            BLOCKING_REQUESTS + " slots; the queue is server.burst-limit",
            BLOCKING_REQUESTS,
            Refusal.OTHER_CONCURRENCY);

    private static final int LOGIN_QUEUE = 256;
    private static final int UPLOAD_QUEUE = 16;

    private final Map<DirectRoute, Optional<AdmissionControl>> routes = new LinkedHashMap<>();
    private final RequestDispatcher.JerseyAdmission jersey;

    ServerAdmission(List<DirectRoute> directRoutes, Settings settings, Metrics metrics) {
        for (DirectRoute route : directRoutes) {
            // Probes have no limit.
            routes.put(
                    route,
                    route.probe()
                            ? Optional.empty()
                            : Optional.of(new AdmissionControl(route.limit(settings), settings.burstLimit(), metrics)));
        }
        DirectRoute.Limit logIns = new DirectRoute.Limit("log-ins", LOGIN_THREADS, Refusal.LOGIN_CONCURRENCY);
        jersey = new RequestDispatcher.JerseyAdmission(
                new AdmissionControl(uploads(settings), UPLOAD_QUEUE, metrics),
                new AdmissionControl(logIns, LOGIN_QUEUE, metrics),
                new AdmissionControl(OTHERS, settings.burstLimit(), metrics));
    }

    /** Of the routes that are answered directly; empty for probes. */
    Map<DirectRoute, Optional<AdmissionControl>> routes() {
        return routes;
    }

    RequestDispatcher.JerseyAdmission jersey() {
        return jersey;
    }

    /** Changes the limits while the server runs. */
    void change(Settings next) {
        routes.forEach((route, control) -> control.ifPresent(it -> it.change(route.limit(next), next.burstLimit())));
        jersey.uploads().change(uploads(next), UPLOAD_QUEUE);
        jersey.others().change(OTHERS, next.burstLimit());
    }

    private static DirectRoute.Limit uploads(Settings settings) {
        return new DirectRoute.Limit("server.upload-limit", settings.uploads(), Refusal.UPLOAD_CONCURRENCY);
    }
}
