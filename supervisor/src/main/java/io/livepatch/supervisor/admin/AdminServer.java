package io.livepatch.supervisor.admin;

import com.sun.net.httpserver.HttpServer;
import io.livepatch.supervisor.SupervisorException;
import io.livepatch.supervisor.debug.Debugging;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Serves the admin endpoint from {@link #start} to {@link #close}, which is to be the last thing that a shutdown does. */
public final class AdminServer implements AutoCloseable {

    private final HttpServer server;
    private final ExecutorService threads;

    private AdminServer(HttpServer server, ExecutorService threads) {
        this.server = server;
        this.threads = threads;
    }

    /**
     * Listens and serves.
     *
     * @throws SupervisorException.Refused when the address is taken
     */
    public static AdminServer start(AdminSettings settings, AdminOperations operations) {
        bound();
        HttpServer server;
        try {
            server = HttpServer.create(settings.socket(), 0);
        } catch (IOException e) {
            throw new SupervisorException.Refused(
                    "cannot listen on %s:%d for admin requests: %s; stop what listens there, or change admin.port"
                            .formatted(settings.address(), settings.port(), e.getMessage()));
        }
        ExecutorService threads = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("admin-", 0).factory());
        server.setExecutor(threads);
        server.createContext("/", new HttpDispatcher(new Router(routes(operations)), new AccessFilter(settings)));
        server.start();
        return new AdminServer(server, threads);
    }

    private static List<Route> routes(AdminOperations operations) {
        Pools pools = new Pools(operations::pools);
        List<Route> routes = new ArrayList<>();
        routes.addAll(new SupervisorRoutes(operations).routes());
        routes.addAll(new PoolRoutes(operations, pools).routes());
        routes.addAll(new WorkerRoutes(operations, pools).routes());
        routes.addAll(new DebugRoutes(pools, Debugging.usual()).routes());
        List<String> index = routes.stream()
                .map(route -> route.method() + " " + route.path())
                .toList();
        routes.add(Route.open("/", request -> Answer.json(200, Map.of("routes", index))));
        return routes;
    }

    /**
     * Settings that the JDK's server has as properties only, read once: a request that does not arrive must not be waited for
     * for ever, and small answers must not wait for an acknowledgement. What an embedding program has set stays.
     */
    private static void bound() {
        Map.of("sun.net.httpserver.maxReqTime", "60", "sun.net.httpserver.nodelay", "true")
                .forEach((name, value) -> {
                    if (System.getProperty(name) == null) {
                        System.setProperty(name, value);
                    }
                });
    }

    /** Where it listens, with the port that the kernel chose if it was asked to. */
    public InetSocketAddress address() {
        return server.getAddress();
    }

    /** Cuts what is still being answered. */
    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
