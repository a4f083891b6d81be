package io.livepatch.supervisor.admin;

import io.livepatch.common.http.Request;
import io.livepatch.common.http.RequestException;
import io.livepatch.common.http.Response;
import io.livepatch.common.http.Route;
import io.livepatch.common.http.SnakeCaseJson;
import io.livepatch.supervisor.Pool;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.SpecChange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;

/** Routes that show pools and change them. */
final class PoolRoutes {

    private static final String POOL = "/pools/{pool}";
    private static final int MAX_BYTES = 1 << 20;

    private final AdminOperations operations;
    private final Pools pools;
    /** Held from reading a pool's spec to replacing it, so that concurrent requests do not overwrite each other's changes. */
    private final ReentrantLock changeLock = new ReentrantLock();

    PoolRoutes(AdminOperations operations, Pools pools) {
        this.operations = operations;
        this.pools = pools;
    }

    List<Route> routes() {
        return List.of(
                Route.open("/pools", this::all),
                Route.open(POOL, request -> Response.json(200, JsonViews.PoolView.of(pools.pool(request), operations))),
                Route.guarded("PUT", POOL, this::put),
                Route.guarded("PATCH", POOL, this::patch),
                Route.guarded("POST", POOL + "/scale", this::scale),
                Route.guarded("POST", POOL + "/restart", this::restart),
                Route.guarded("POST", POOL + "/pause", request -> apply(request, Pool::pause)),
                Route.guarded("POST", POOL + "/resume", request -> apply(request, Pool::resume)),
                Route.guarded("POST", POOL + "/signal", this::signal));
    }

    private Response all(Request request) {
        return Response.json(
                200,
                Map.of(
                        "pools",
                        operations.pools().stream()
                                .map(pool -> JsonViews.PoolView.of(pool, operations))
                                .toList()));
    }

    private Response put(Request request) throws IOException {
        Pool pool = pools.pool(request);
        PoolSpec spec = operations.parse(pool.name(), new String(request.body(MAX_BYTES), StandardCharsets.UTF_8));
        if (!spec.name().equals(pool.name())) {
            throw new RequestException(
                    400, "the body names pool '%s', the path '%s'".formatted(spec.name(), pool.name()));
        }
        return change(request, pool, ignored -> spec);
    }

    private Response patch(Request request) throws IOException {
        JsonNode body = SnakeCaseJson.read(request.body(MAX_BYTES));
        JsonNode replicas = body.path("replicas");
        if (!body.isObject() || body.size() != 1 || !replicas.isIntegralNumber() || !replicas.canConvertToInt()) {
            throw new RequestException(
                    400, "the body must be {\"replicas\": <number>} and nothing else; PUT changes all of a pool");
        }
        return replicas(request, replicas.intValue());
    }

    private Response scale(Request request) {
        long replicas = request.number("replicas", 0, PoolSpec.MAX_REPLICAS)
                .orElseThrow(() -> new RequestException(400, "say how many: ?replicas=<number>"));
        return replicas(request, Math.toIntExact(replicas));
    }

    private Response replicas(Request request, int replicas) {
        return change(
                request,
                pools.pool(request),
                spec -> spec.but().replicas(replicas).build());
    }

    private Response change(Request request, Pool pool, UnaryOperator<PoolSpec> to) {
        boolean dryRun = request.flag("dry-run");
        changeLock.lock();
        try {
            PoolSpec now = pool.spec();
            PoolSpec next = to.apply(now);
            List<SpecChange> changes = SpecChange.between(now, next);
            if (!dryRun && !changes.isEmpty()) {
                pool.change(next);
            }
            PoolChange change = new PoolChange(pool.name(), PoolChange.Kind.CHANGED, changes);
            return Response.json(200, JsonViews.Changes.of(change, dryRun));
        } finally {
            changeLock.unlock();
        }
    }

    private Response restart(Request request) {
        return ReplacementRequest.answer(request, pools.pool(request).recycleAll());
    }

    private Response signal(Request request) {
        String name = request.text("name")
                .orElseThrow(() -> new RequestException(400, "say which: ?name=HUP"))
                .replaceFirst("^SIG", "");
        return apply(request, pool -> pool.signal(name));
    }

    private Response apply(Request request, Consumer<Pool> operation) {
        Pool pool = pools.pool(request);
        operation.accept(pool);
        return Response.json(200, Map.of("pool", pool.name(), "paused", pool.paused()));
    }
}
