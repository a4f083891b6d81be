package io.livepatch.charm.haproxy;

import io.livepatch.haproxy.model.Backend;
import io.livepatch.haproxy.model.Backend.HealthCheck;
import io.livepatch.haproxy.model.Backend.Strategy;
import io.livepatch.haproxy.model.Routes;
import io.livepatch.haproxy.model.Routes.Route;
import io.livepatch.haproxy.model.Server;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The routes from haproxy to the livepatch units, over three backends. Each backend has every unit as a server, with a health check
 * and connection slots of its own: a unit that cannot record check-ins still serves downloads, and neither kind of request queues
 * behind the other. {@code others} repeats the check of {@code check-ins}, because haproxy 2.6 does not let a server track one that
 * was added at run time.
 *
 * <pre>
 *   check-ins  check-ins, enrolments           /health/ready/check-ins   idempotent
 *   downloads  patches, and answers from memory /health/ready/downloads   idempotent
 *   others     pings, leaving, attaching, admin /health/ready/check-ins   not idempotent
 * </pre>
 */
final class LivepatchRouting {
    /** The header in which every answer of a unit names it. */
    static final String UNIT_HEADER = "X-Livepatch-Unit";

    static final String CHECK_INS = "check-ins";
    static final String DOWNLOADS = "downloads";
    private static final String OTHERS = "others";
    private static final String CLIENT = "/v1/client";
    private static final String READY_TO_RECORD = "/health/ready/check-ins";
    private static final String READY_TO_SEND = "/health/ready/downloads";
    /** Concurrent requests of a unit. Slow readers can use up the slots of downloads only. */
    private static final int CHECK_IN_SLOTS = 1000;

    private static final int DOWNLOAD_SLOTS = 500;
    private static final int OTHER_SLOTS = 200;

    private LivepatchRouting() {}

    /** The first match decides; haproxy answers all other requests with 404. */
    static Routes routes(boolean exposeAdmin, boolean exposeDebug) {
        List<Route> routes = new ArrayList<>(List.of(
                // A ping that is sent twice is counted twice; a repeated DELETE fails, because the machine is unknown
                // by then.
                Route.to(OTHERS, CLIENT).withEnding("/pings"),
                Route.to(OTHERS, CLIENT).withMethods("DELETE"),
                Route.to(CHECK_INS, CLIENT),
                Route.to(DOWNLOADS, "/v1/patches"),
                Route.to(DOWNLOADS, "/v1/api"),
                Route.to(DOWNLOADS, "/health/ready"),
                Route.to(DOWNLOADS, "/openapi.yaml"),
                Route.to(OTHERS, "/v1/context"),
                Route.to(OTHERS, "/v1/resources")));
        if (exposeAdmin) {
            routes.add(Route.to(OTHERS, "/v1/admin").asStreamed());
        }
        if (exposeDebug) {
            routes.add(Route.to(OTHERS, "/debug"));
            routes.add(Route.to(OTHERS, "/metrics"));
            routes.add(Route.to(OTHERS, "/health/live"));
        }
        return Routes.only(routes);
    }

    static List<Backend> backends(Strategy strategy, List<Server> units) {
        return List.of(
                backend(CHECK_INS, READY_TO_RECORD, strategy, units, CHECK_IN_SLOTS)
                        .asIdempotent(),
                backend(DOWNLOADS, READY_TO_SEND, strategy, units, DOWNLOAD_SLOTS)
                        .asIdempotent(),
                backend(OTHERS, READY_TO_RECORD, strategy, units, OTHER_SLOTS));
    }

    private static Backend backend(String name, String check, Strategy strategy, List<Server> units, int slots) {
        return new Backend(
                        name,
                        strategy,
                        Optional.of(HealthCheck.of(check)),
                        units.stream()
                                .map(unit -> unit.withMaxConnections(slots))
                                .toList(),
                        Backend.DEFAULT_RETRIES)
                .withServerHeader(UNIT_HEADER);
    }
}
