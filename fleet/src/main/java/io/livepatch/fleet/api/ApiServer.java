package io.livepatch.fleet.api;

import io.livepatch.common.config.Secret;
import io.livepatch.common.http.AccessFilter;
import io.livepatch.common.http.AdminEndpoint;
import io.livepatch.common.http.ProblemDetails;
import io.livepatch.common.http.RequestException;
import io.livepatch.common.http.Route;
import io.livepatch.fleet.replica.FlockCodec;
import io.livepatch.fleet.replica.Replica;
import io.livepatch.fleet.replica.ReplicaException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Starts the HTTP API of a replica. The endpoint must be closed after the replica. */
public final class ApiServer {
    private static final Map<Integer, String> TITLES = Map.of(422, "invalid flock", 503, "peer unavailable");

    private ApiServer() {}

    /**
     * Binds the address and serves requests until the endpoint is closed.
     *
     * @throws UncheckedIOException if the address cannot be bound
     */
    public static AdminEndpoint start(ApiSettings settings, Replica replica) {
        try {
            return AdminEndpoint.start(
                    settings.listen(),
                    "api-",
                    routes(settings, replica),
                    new AccessFilter(
                            settings.loopback(),
                            settings.token().map(Secret::reveal),
                            false,
                            "api.token-file",
                            "api.listen"),
                    new ProblemDetails("fleet", TITLES, true, ApiServer::translate));
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot listen on %s for the API: %s; stop the process that listens there, or change api.listen"
                            .formatted(settings.listen(), e.getMessage()),
                    e);
        }
    }

    private static List<Route> routes(ApiSettings settings, Replica replica) {
        ReplicaRoutes own = new ReplicaRoutes(replica, settings.version());
        List<Route> routes = new ArrayList<>();
        routes.addAll(new FlockRoutes(replica).routes());
        routes.addAll(new RunRoutes(replica).routes());
        routes.addAll(own.routes());
        routes.addAll(new PeerRoutes(replica).routes());
        routes.add(own.index(routes));
        return routes;
    }

    private static RuntimeException translate(RuntimeException thrown) {
        String message = String.valueOf(thrown.getMessage());
        return switch (thrown) {
            case FlockCodec.Invalid invalid -> new RequestException(422, message, invalid.problems());
            case ReplicaException.Full _ -> new RequestException(409, message);
            case ReplicaException.PeerUnavailable _ -> new RequestException(503, message, Map.of("Retry-After", "1"));
            case IllegalArgumentException _ -> new RequestException(400, message);
            default -> thrown;
        };
    }
}
