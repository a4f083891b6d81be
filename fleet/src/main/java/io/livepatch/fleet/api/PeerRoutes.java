package io.livepatch.fleet.api;

import io.livepatch.common.http.Response;
import io.livepatch.common.http.Route;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.replica.PeerEndpoint;
import java.util.List;

/** For other replicas: about this one alone. */
record PeerRoutes(PeerEndpoint door) {
    static final String TOLD = "/replica";
    private static final int MOST_BYTES = 256 << 20;

    List<Route> routes() {
        return List.of(
                Route.open(
                        TOLD,
                        request -> json(door.tell(
                                request.text("of").orElse(""),
                                request.number("since", Long.MIN_VALUE, Long.MAX_VALUE)
                                        .orElse(0L)))),
                Route.guarded("POST", TOLD, request -> {
                            door.hear(request.body(MOST_BYTES));
                            return Response.empty(204);
                        })
                        .unlogged(),
                Route.open(
                        "/replica/flocks/{flock}/monkeys",
                        request -> json(door.monkeys(
                                request.variable("flock"),
                                request.numberOr("from", 0, Flock.MAX_COUNT),
                                request.numberOr("limit", FlockRoutes.USUAL_PAGE, FlockRoutes.MOST_PAGE)))),
                Route.open(
                        "/replica/flocks/{flock}/monkeys/{number}/log",
                        request ->
                                json(door.log(request.variable("flock"), request.index("number", Flock.MAX_COUNT)))));
    }

    private static Response json(byte[] json) {
        return Response.bytes(200, "application/json", json);
    }
}
