package io.livepatch.supervisor.admin;

import io.livepatch.common.http.AccessFilter;
import io.livepatch.common.http.AdminEndpoint;
import io.livepatch.common.http.ClientGoneException;
import io.livepatch.common.http.ProblemDetails;
import io.livepatch.common.http.RequestException;
import io.livepatch.common.http.Response;
import io.livepatch.common.http.Route;
import io.livepatch.supervisor.SupervisorException;
import io.livepatch.supervisor.debug.DebugException;
import io.livepatch.supervisor.debug.Debugging;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The supervisor's admin endpoint. A shutdown closes it last, so that clients can follow the progress. */
public final class AdminServer {

    private static final Map<Integer, String> TITLES = Map.of(
            429, "busy",
            501, "not supported here",
            502, "the worker failed",
            504, "took too long");

    private AdminServer() {}

    /**
     * Listens and serves.
     *
     * @throws SupervisorException.Refused if the address cannot be bound
     */
    public static AdminEndpoint start(AdminSettings settings, AdminOperations operations) {
        try {
            return AdminEndpoint.start(
                    settings.socket(),
                    "admin-",
                    routes(operations),
                    new AccessFilter(settings.loopback(), settings.token(), true, "admin.token_file", "admin.address"),
                    new ProblemDetails("supervisor", TITLES, false, AdminServer::translate));
        } catch (IOException e) {
            throw new SupervisorException.Refused(
                    "cannot listen on %s:%d for admin requests: %s; stop the process that listens there, or change admin.port"
                            .formatted(settings.address(), settings.port(), e.getMessage()));
        }
    }

    private static List<Route> routes(AdminOperations operations) {
        Pools pools = new Pools(operations::pools);
        List<Route> routes = new ArrayList<>();
        routes.addAll(new SupervisorRoutes(operations).routes());
        routes.addAll(new PoolRoutes(operations, pools).routes());
        routes.addAll(new WorkerRoutes(operations, pools).routes());
        routes.addAll(new DebugRoutes(pools, Debugging.usual()).routes());
        List<String> index = routes.stream().map(Route::name).toList();
        routes.add(Route.open("/", request -> Response.json(200, Map.of("routes", index))));
        return routes;
    }

    private static RuntimeException translate(RuntimeException thrown) {
        String message = String.valueOf(thrown.getMessage());
        return switch (thrown) {
            case SupervisorException.InvalidSpec _ -> new RequestException(400, message);
            case SupervisorException.Refused _ -> new RequestException(409, message);
            case SupervisorException.RestartStalled _ -> new RequestException(504, message);
            case SupervisorException.Unsupported _ -> new RequestException(501, message);
            case DebugException.NotPossible _ -> new RequestException(409, message);
            case DebugException.Busy _ -> new RequestException(429, message, Map.of("Retry-After", "5"));
            case DebugException.Stuck _ -> new RequestException(504, message);
            case DebugException.Failed _ -> new RequestException(502, message);
            case DebugException.Abandoned _ -> new ClientGoneException();
            default -> thrown;
        };
    }
}
