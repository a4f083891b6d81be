package io.livepatch.supervisor.admin;

import io.livepatch.common.http.Request;
import io.livepatch.common.http.Response;
import io.livepatch.common.http.Route;
import java.util.List;
import java.util.Map;

/** Routes that concern all pools. */
final class SupervisorRoutes {

    private final AdminOperations operations;

    SupervisorRoutes(AdminOperations operations) {
        this.operations = operations;
    }

    List<Route> routes() {
        return List.of(
                Route.open("/metrics", this::metrics),
                Route.open("/health", this::health),
                Route.open("/health/live", request -> Response.json(200, Map.of("status", "alive"))),
                Route.open("/events", this::events),
                Route.open("/explain", request -> Response.text(operations.explain())),
                Route.guarded("POST", "/reload", this::reload));
    }

    private Response metrics(Request request) {
        String accept = request.exchange().getRequestHeaders().getFirst("Accept");
        return Response.stream(
                operations.metrics().contentType(accept),
                out -> operations.metrics().write(accept, out));
    }

    private Response health(Request request) {
        Health health = Health.of(operations);
        return Response.json(health.httpStatus(), health);
    }

    private Response events(Request request) {
        long since = request.number("since", 0, Long.MAX_VALUE).orElse(0L);
        List<EventView> events =
                operations.history().since(since).stream().map(EventView::of).toList();
        long next = events.isEmpty() ? since : events.getLast().number();
        return Response.json(200, Map.of("events", events, "next", next));
    }

    private Response reload(Request request) {
        boolean dryRun = request.flag("dry-run");
        List<JsonViews.Changes> changes = operations.reload(dryRun).stream()
                .map(change -> JsonViews.Changes.of(change, dryRun))
                .toList();
        return Response.json(200, Map.of("pools", changes));
    }
}
