package io.livepatch.supervisor.admin;

import java.util.List;
import java.util.Map;

/** What concerns all pools. */
final class SupervisorRoutes {

    private final Backstage backstage;

    SupervisorRoutes(Backstage backstage) {
        this.backstage = backstage;
    }

    List<Route> routes() {
        return List.of(
                Route.open("/metrics", this::metrics),
                Route.open("/health", this::health),
                Route.open("/health/live", request -> Answer.json(200, Map.of("status", "alive"))),
                Route.open("/events", this::events),
                Route.open("/explain", request -> Answer.text(backstage.explain())),
                Route.guarded("POST", "/reload", this::reload));
    }

    private Answer metrics(Request request) {
        String accept = request.exchange().getRequestHeaders().getFirst("Accept");
        return Answer.stream(
                backstage.metrics().contentType(accept),
                (out, visitor) -> backstage.metrics().write(accept, out));
    }

    private Answer health(Request request) {
        Health health = Health.of(backstage);
        return Answer.json(health.httpStatus(), health);
    }

    private Answer events(Request request) {
        long since = request.number("since", 0, Long.MAX_VALUE).orElse(0L);
        List<EventView> events =
                backstage.timeline().since(since).stream().map(EventView::of).toList();
        long next = events.isEmpty() ? since : events.getLast().number();
        return Answer.json(200, Map.of("events", events, "next", next));
    }

    private Answer reload(Request request) {
        boolean dryRun = request.flag("dry-run");
        List<Views.Changes> changes = backstage.reload(dryRun).stream()
                .map(change -> Views.Changes.of(change, dryRun))
                .toList();
        return Answer.json(200, Map.of("pools", changes));
    }
}
