package io.livepatch.fleet.api;

import io.livepatch.common.http.Request;
import io.livepatch.common.http.RequestException;
import io.livepatch.common.http.Response;
import io.livepatch.common.http.Route;
import io.livepatch.common.http.SnakeCaseJson;
import io.livepatch.fleet.replica.Replica;
import io.livepatch.fleet.replica.RunView;
import io.livepatch.fleet.replica.RunView.Annotation;
import io.livepatch.fleet.replica.RunView.FlockView;
import io.livepatch.fleet.replica.RunView.LoadGap;
import io.livepatch.fleet.replica.RunView.ReplicaInfo;
import io.livepatch.fleet.stats.RunStats;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import tools.jackson.databind.JsonNode;

/** Routes for the whole run: summary, statistics, replicas and events. */
record RunRoutes(Replica replica) {
    private static final int MAX_BYTES = 64 << 10;

    private record Summary(
            String run, List<FlockSummary> flocks, double belowTargetSeconds, SortedSet<Integer> missingReplicas) {}

    private record AllFigures(
            String run,
            List<RunStats> figures,
            List<LoadGap> shortfalls,
            double belowTargetSeconds,
            List<Annotation> events,
            List<ReplicaInfo> replicas,
            SortedSet<Integer> missingReplicas) {}

    List<Route> routes() {
        return List.of(
                Route.open("/summary", request -> summary(replica.currentView())),
                Route.open("/figures", request -> figures(replica.currentView())),
                Route.open("/replicas", request -> replicas(replica.currentView())),
                Route.guarded("POST", "/events", this::mark));
    }

    private static Response summary(RunView run) {
        List<FlockSummary> flocks = run.activeFlocks().stream()
                .map(flock -> FlockSummary.of(flock, run))
                .toList();
        return Response.json(200, new Summary(run.run(), flocks, seconds(run.belowTarget()), run.missing()));
    }

    private static Response figures(RunView run) {
        return Response.json(
                200,
                new AllFigures(
                        run.run(),
                        run.flocks().stream().map(FlockView::stats).toList(),
                        run.loadGaps(),
                        seconds(run.belowTarget()),
                        run.annotations(),
                        run.replicas(),
                        run.missing()));
    }

    private static Response replicas(RunView run) {
        return FlockRoutes.withMissing(Response.json(200, run.replicas()), run.missing());
    }

    private Response mark(Request request) throws IOException {
        JsonNode event = SnakeCaseJson.read(request.body(MAX_BYTES));
        JsonNode text = event.path("text");
        if (!text.isString()) {
            throw new RequestException(400, "an event needs a 'text', and may have an 'at' like 2026-01-02T03:04:05Z");
        }
        return Response.json(201, replica.annotate(moment(event.path("at")), text.asString()));
    }

    private static Optional<Instant> moment(JsonNode at) {
        if (at.isMissingNode() || at.isNull()) {
            return Optional.empty();
        }
        try {
            return Optional.of(Instant.parse(at.asString()));
        } catch (DateTimeParseException e) {
            throw new RequestException(400, "'%s' is not a time such as 2026-01-02T03:04:05Z".formatted(at.asString()));
        }
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1000.0;
    }
}
