package io.livepatch.charm.testing;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;

/** A worker of a pool in proxy mode: returns its id at {@code PORT}; {@code /stuck} is never answered. */
public final class PoolWorker {
    private PoolWorker() {}

    public static void main(String... arguments) throws IOException {
        byte[] name = System.getenv("MULTIPROCESS_WORKER_ID").getBytes(StandardCharsets.UTF_8);
        HttpServer server = HttpServer.create(
                new InetSocketAddress(System.getenv("ADDRESS"), Integer.parseInt(System.getenv("PORT"))), 1024);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> {
            if (exchange.getRequestURI().getPath().equals("/stuck")) {
                forever();
            }
            exchange.sendResponseHeaders(200, name.length);
            exchange.getResponseBody().write(name);
            exchange.close();
        });
        server.start();
    }

    private static void forever() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
