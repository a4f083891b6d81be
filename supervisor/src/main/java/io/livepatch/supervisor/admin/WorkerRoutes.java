package io.livepatch.supervisor.admin;

import io.livepatch.common.http.Request;
import io.livepatch.common.http.Response;
import io.livepatch.common.http.Route;
import io.livepatch.supervisor.Pool;
import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.supervisor.debug.Debugging.Requester;
import java.util.List;
import java.util.Map;

/** Routes that show workers and their output, and replace a worker. */
final class WorkerRoutes {

    private static final String WORKER = "/pools/{pool}/workers/{worker}";

    private final AdminOperations operations;
    private final Pools pools;

    WorkerRoutes(AdminOperations operations, Pools pools) {
        this.operations = operations;
        this.pools = pools;
    }

    List<Route> routes() {
        return List.of(
                Route.open("/workers", this::all),
                Route.open(
                        WORKER, request -> Response.json(200, JsonViews.Worker.of(pools.worker(request), operations))),
                Route.guarded("POST", WORKER + "/restart", this::restart),
                Route.guarded("GET", WORKER + "/output", this::output));
    }

    private Response all(Request request) {
        List<JsonViews.Worker> workers = operations.pools().stream()
                .map(Pool::workers)
                .flatMap(List::stream)
                .map(it -> JsonViews.Worker.of(it, operations))
                .toList();
        return Response.json(200, Map.of("workers", workers));
    }

    private Response restart(Request request) {
        WorkerInfo worker = pools.worker(request);
        return ReplacementRequest.answer(request, pools.pool(request).recycle(worker.id()));
    }

    private Response output(Request request) {
        String worker = pools.worker(request).id();
        boolean json = request.text("format").filter("json"::equals).isPresent();
        OutputTail tail = new OutputTail(() -> operations.output(worker), json);
        String type = json ? "application/x-ndjson" : "text/plain; charset=utf-8";
        Requester client = new ClientConnection(request.exchange());
        return Response.stream(type, request.flag("follow") ? out -> tail.follow(out, client) : tail::writeRecent);
    }
}
