package io.livepatch.common.http;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** An HTTP server from {@link #start} to {@link #close}, with a virtual thread per request. */
public final class AdminEndpoint implements AutoCloseable {
    private final HttpServer server;
    private final ExecutorService threads;

    private AdminEndpoint(HttpServer server, ExecutorService threads) {
        this.server = server;
        this.threads = threads;
    }

    /**
     * Listens and serves.
     *
     * @param address port 0 lets the kernel choose
     * @param threads the prefix of the threads' names
     * @throws IOException if the address cannot be bound
     */
    public static AdminEndpoint start(
            InetSocketAddress address, String threads, List<Route> routes, AccessFilter access, ProblemDetails problems)
            throws IOException {
        setDeadlines();
        HttpServer server = HttpServer.create(address, 0);
        ExecutorService executor = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name(threads, 0).factory());
        server.setExecutor(executor);
        server.createContext("/", new HttpDispatcher(routes, access, problems));
        server.start();
        return new AdminEndpoint(server, executor);
    }

    /**
     * Sets system properties of the JDK's server, once per process: the time limit of a request's arrival in seconds, without which a
     * stalled client holds its connection for ever, and TCP_NODELAY, without which a small response can wait for the acknowledgement
     * of the previous packet. Properties that are already set are kept.
     */
    private static void setDeadlines() {
        Map.of("sun.net.httpserver.maxReqTime", "60", "sun.net.httpserver.nodelay", "true")
                .forEach((name, value) -> {
                    if (System.getProperty(name) == null) {
                        System.setProperty(name, value);
                    }
                });
    }

    /** The bound address, with the port that the kernel chose. */
    public InetSocketAddress address() {
        return server.getAddress();
    }

    /** Closes all connections, also those with a response under way. */
    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
