package io.livepatch.fleet.api;

import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.replica.PeerEndpoint;
import java.util.List;

/** For other replicas: about this one alone. */
record PeerRoutes(PeerEndpoint door) {
    static final String TOLD = "/replica";
    private static final int MOST_BYTES = 256 << 20;

    List<Route> routes() {
        return List.of(
                new Route("GET", TOLD, request -> json(door.tell(request.text("of"), request.number("since")))),
                new Route("POST", TOLD, request -> {
                    door.hear(request.body(MOST_BYTES));
                    return Answer.empty(204);
                }),
                new Route(
                        "GET",
                        "/replica/flocks/{flock}/monkeys",
                        request -> json(door.monkeys(
                                request.variable("flock"),
                                request.number("from", 0, Flock.MAX_COUNT),
                                request.number("limit", FlockRoutes.USUAL_PAGE, FlockRoutes.MOST_PAGE)))),
                new Route(
                        "GET",
                        "/replica/flocks/{flock}/monkeys/{number}/log",
                        request ->
                                json(door.log(request.variable("flock"), request.index("number", Flock.MAX_COUNT)))));
    }

    private static Answer json(byte[] json) {
        return Answer.bytes(200, "application/json", json);
    }
}
