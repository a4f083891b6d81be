package io.livepatch.fleet.api;

import io.livepatch.common.http.Response;
import io.livepatch.common.http.Route;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.replica.Replica;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/** Routes that other replicas call: gossip with this replica, and the monkeys that it runs. */
record PeerRoutes(Replica replica) {
    static final String GOSSIP = "/replica";
    private static final int MAX_BYTES = 256 << 20;

    List<Route> routes() {
        return List.of(
                Route.open(
                        GOSSIP,
                        request -> json(replica.gossip(
                                request.text("of").orElse(""),
                                request.number("since", Long.MIN_VALUE, Long.MAX_VALUE)
                                        .orElse(0L)))),
                Route.guarded("POST", GOSSIP, request -> {
                            replica.receiveGossip(request.body(MAX_BYTES));
                            return Response.empty(204);
                        })
                        .unlogged(),
                Route.open(
                        "/replica/flocks/{flock}/monkeys",
                        request -> json(replica.monkeys()
                                .local(
                                        request.variable("flock"),
                                        request.numberOr("from", 0, Flock.MAX_COUNT),
                                        request.numberOr("limit", FlockRoutes.DEFAULT_PAGE, FlockRoutes.MAX_PAGE)))),
                Route.open(
                        "/replica/flocks/{flock}/monkeys/{number}/log",
                        request -> json(replica.monkeys()
                                .localLog(request.variable("flock"), request.index("number", Flock.MAX_COUNT)))));
    }

    private static Response json(Object value) {
        return json(JsonMapper.shared().writeValueAsBytes(value));
    }

    private static Response json(byte[] json) {
        return Response.bytes(200, "application/json", json);
    }
}
