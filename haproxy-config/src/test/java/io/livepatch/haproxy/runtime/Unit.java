package io.livepatch.haproxy.runtime;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.livepatch.haproxy.model.Examples;
import io.livepatch.haproxy.model.Server;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;

/** A small HTTP server in place of a livepatch unit: it returns the received request and its own name. */
final class Unit implements AutoCloseable {
    final String name;
    final List<String> seen = new CopyOnWriteArrayList<>();
    volatile boolean ready = true;
    volatile int answer = 200;
    /** Reads each request and closes its connection without an answer, as a process that is killed by it. */
    volatile boolean breaksOff;
    /** Lets health checks wait at the gate. */
    volatile boolean hesitant;
    /** Requests to a path that ends in {@code /slow} wait here. */
    final Semaphore gate = new Semaphore(0);

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    private Unit(String name) {
        this.name = name;
        try {
            this.server = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 100);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Unit start(int number) {
        Unit unit = new Unit("livepatch/" + number);
        unit.server.setExecutor(unit.threads);
        unit.server.createContext("/", unit::handle);
        unit.server.start();
        return unit;
    }

    Server asServer() {
        return Server.of(name, "127.0.0.1", server.getAddress().getPort());
    }

    /** In the backend of {@link Examples#units}. */
    Server.Ref ref() {
        return new Server.Ref("livepatch", asServer().haproxyName());
    }

    Server asServer(Server.State state) {
        return asServer().withState(state);
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().toString();
            exchange.getRequestBody().readAllBytes();
            if (path.equals("/health/ready")) {
                if (hesitant) {
                    gate.acquireUninterruptibly();
                }
                exchange.sendResponseHeaders(ready ? 200 : 503, -1);
                return;
            }
            seen.add(path);
            if (breaksOff) {
                return;
            }
            if (path.endsWith("/slow")) {
                gate.acquireUninterruptibly();
            }
            StringBuilder text = new StringBuilder(
                    "unit: " + name + "\nrequest: " + exchange.getRequestMethod() + " " + path + "\n");
            exchange.getRequestHeaders()
                    .forEach((header, values) -> values.forEach(value -> text.append(header.toLowerCase(Locale.ROOT))
                            .append(": ")
                            .append(value)
                            .append('\n')));
            byte[] body = text.toString().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(answer, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    @Override
    public void close() {
        gate.release(1000);
        server.stop(0);
        threads.shutdownNow();
    }
}
