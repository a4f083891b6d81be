package io.livepatch.fleet.api;

import com.sun.net.httpserver.HttpServer;
import io.livepatch.fleet.replica.Replica;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Serves the API of a replica from {@link #start} to {@link #close}, which is to come after the replica's. */
public final class ApiServer implements AutoCloseable {
    private final HttpServer server;
    private final ExecutorService threads;

    private ApiServer(HttpServer server, ExecutorService threads) {
        this.server = server;
        this.threads = threads;
    }

    /**
     * Listens and serves.
     *
     * @throws UncheckedIOException when the address cannot be listened on
     */
    public static ApiServer start(ApiSettings settings, Replica replica) {
        bound();
        HttpServer server;
        try {
            server = HttpServer.create(settings.listen(), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot listen on %s for the API: %s; end what listens there, or change api.listen"
                            .formatted(settings.listen(), e.getMessage()),
                    e);
        }
        ExecutorService threads = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("api-", 0).factory());
        server.setExecutor(threads);
        server.createContext(
                "/", new HttpDispatcher(new Router(routes(settings, replica)), new AccessFilter(settings)));
        server.start();
        return new ApiServer(server, threads);
    }

    private static List<Route> routes(ApiSettings settings, Replica replica) {
        ReplicaRoutes own = new ReplicaRoutes(replica, settings.version());
        List<Route> routes = new ArrayList<>();
        routes.addAll(new FlockRoutes(replica).routes());
        routes.addAll(new RunRoutes(replica).routes());
        routes.addAll(own.routes());
        routes.addAll(new PeerRoutes(replica.door()).routes());
        routes.add(own.index(routes));
        return routes;
    }

    /**
     * Settings that the JDK's server has as properties only, read once: a request that does not arrive must not be waited for for ever, and
     * small answers must not wait for an acknowledgement. What an embedding program has set stays.
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
