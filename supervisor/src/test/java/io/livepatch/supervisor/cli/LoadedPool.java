package io.livepatch.supervisor.cli;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.databind.JsonNode;

/**
 * A program for a separate network namespace: four web workers behind one port, clients that send requests without pauses, and
 * recycles. Prints the result.
 */
final class LoadedPool {

    private static final int PORT = 8080;
    private static final int CLIENTS = 4;
    private static final int TIMEOUT_MILLIS = 20_000;
    private static final long PAUSE_NANOS = Duration.ofMillis(1).toNanos();
    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    private static volatile boolean running = true;

    private final AtomicLong answered = new AtomicLong();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();

    private LoadedPool() {}

    /** Arguments: a directory, the {@code limits} of the pool, and the number of recycles after which to end. */
    public static void main(String[] args) {
        String yaml = """
                supervisor:
                  workers:
                  - name: web
                    replicas: 4
                    %s
                    listen: {address: 127.0.0.1, port: %d, worker_port: 9000}
                    ready: {http: "http://127.0.0.1:{worker_port}/", interval: 100ms}
                    limits: %s
                """.formatted(WebWorker.command(), PORT, args[1]);
        try (Program program = Program.start(Path.of(args[0]), yaml)) {
            new LoadedPool().run(program, Integer.parseInt(args[2]));
        }
    }

    private void run(Program program, int recycles) {
        program.awaitReady("web", 4);
        try (ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
            for (int i = 0; i < CLIENTS; i++) {
                clients.execute(this::sendRequests);
            }
            try {
                if (program.get("/pools/web").path("spec").asString().contains("lifespan")) {
                    await("recycles")
                            .atMost(TIMEOUT)
                            .until(() -> program.events("web", "recycled").size() >= recycles);
                } else {
                    program.send("POST", "/pools/web/restart?wait=120", "");
                    await("the old ones are gone")
                            .atMost(TIMEOUT)
                            .until(() -> program.events("web", "recycled").size() == recycles);
                }
            } finally {
                // Closing the executor waits for the clients.
                running = false;
            }
        }
        List<JsonNode> events =
                List.copyOf(program.get("/events").path("events").values());
        program.signal("TERM");
        System.out.printf(
                "answered %d failed %d recycled %d at once %d exit %d%n",
                answered.get(), failures.size(), count(events, "recycled"), mostAtOnce(events), program.exitCode());
        failures.stream().limit(5).forEach(System.out::println);
    }

    private void sendRequests() {
        while (running) {
            try (Socket socket = new Socket()) {
                socket.setSoTimeout(TIMEOUT_MILLIS);
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), PORT), TIMEOUT_MILLIS);
                socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.UTF_8));
                String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                if (answer.startsWith("HTTP/1.1 200") && answer.contains("requests_total")) {
                    answered.incrementAndGet();
                } else {
                    failures.add("answer: " + answer);
                }
            } catch (IOException e) {
                failures.add(e.toString());
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private static long count(List<JsonNode> events, String kind) {
        return events.stream()
                .filter(event -> kind.equals(event.path("event").asString()))
                .count();
    }

    /** How many workers had a replacement at the same time; one that fails, on a busy machine, has ended before the next one starts. */
    private static int mostAtOnce(List<JsonNode> events) {
        Map<String, String> replacedBy = new HashMap<>();
        int most = 0;
        for (JsonNode event : events) {
            String worker = event.path("worker").asString();
            switch (event.path("event").asString()) {
                case "restarted" ->
                    replacedBy.put(
                            worker, event.path("details").path("replaces").asString(worker));
                case "recycled" -> replacedBy.values().removeIf(worker::equals);
                case "ended" -> replacedBy.remove(worker);
                default -> {}
            }
            most = Math.max(most, Set.copyOf(replacedBy.values()).size());
        }
        return most;
    }
}
