package io.livepatch.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Sixteen clients of one shared port while its two workers are replaced one after the other; prints how many requests there
 * were and the causes of failures. A separate program, to be run in its own network namespace.
 */
final class RollingRestarts {
    private static final int CLIENTS = 16;
    private static final String REPORT = "{\"kernel\":\"5.15.0-107.117-generic\",\"architecture\":\"amd64\"}";

    private final Map<String, String> unit;
    private final int port;
    private final AtomicBoolean over = new AtomicBoolean();

    private RollingRestarts(Map<String, String> unit) {
        this.unit = unit;
        String address = unit.getOrDefault("LP_SERVER_SERVER_ADDRESS", "");
        this.port = Integer.parseInt(address.substring(address.indexOf(':') + 1));
    }

    /** The results of one kind of clients. */
    private record Tally(String kind, LongAdder requests, List<String> failures) {
        Tally(String kind) {
            this(kind, new LongAdder(), new ArrayList<>());
        }

        void failed(String what) {
            synchronized (failures) {
                failures.add(what);
            }
        }

        @Override
        public String toString() {
            return kind + ": " + requests + " requests, " + failures.size() + " failed "
                    + failures.stream().distinct().toList();
        }
    }

    public static void main(String[] arguments) throws Exception {
        Path store = Files.createTempDirectory("livepatch-workers");
        try (TestDatabase database = TestDatabase.fresh()) {
            Map<String, String> unit = ServerProcess.environment(database.dsn(), store.resolve("store"));
            new RollingRestarts(unit).run(Integer.parseInt(arguments[0]));
        }
    }

    private void run(int restarts) throws Exception {
        Tally fresh = new Tally("a connection a request");
        Tally kept = new Tally("kept connections");
        Deque<ServerProcess> workers = new ArrayDeque<>();
        try (ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
            workers.add(worker(0));
            workers.add(worker(1));
            List<Future<?>> loads = load(clients, workers.getFirst().api(), fresh, kept);
            for (int i = 0; i < restarts; i++) {
                workers.add(worker(2 + i));
                replace(workers.removeFirst());
            }
            over.set(true);
            for (Future<?> load : loads) {
                load.get();
            }
        } finally {
            over.set(true);
            workers.forEach(ServerProcess::close);
        }
        System.out.println(fresh);
        System.out.println(kept);
    }

    private ServerProcess worker(int number) {
        return ServerProcess.ready(ServerProcess.worker(unit, String.valueOf(number)));
    }

    private static void replace(ServerProcess old) {
        try (old) {
            old.terminate();
            if (old.exitCode() != 0) {
                throw new AssertionError("a worker ended with " + old.exitCode() + ": " + old.output());
            }
        }
    }

    private List<Future<?>> load(ExecutorService clients, Api api, Tally fresh, Tally kept) {
        String authToken = api.authToken(api.logIn(), "load", "edge");
        List<Future<?>> loads = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            String machine = "machine-" + i;
            String request = RawClient.request(
                    "POST /v1/client/" + machine + "/updates",
                    "Authorization: Bearer " + api.enrol(machine, authToken) + "\r\n",
                    REPORT);
            boolean keeps = i % 2 == 0;
            loads.add(clients.submit(() -> ask(request, keeps, keeps ? kept : fresh)));
        }
        return loads;
    }

    private void ask(String request, boolean keeps, Tally tally) {
        @Nullable RawClient client = null;
        while (!over.get()) {
            boolean goesOn = false;
            try {
                tally.requests().increment();
                client = client == null ? new RawClient(port) : client;
                RawClient.Answer answer = client.ask(request);
                goesOn = keeps && !answer.last();
                if (answer.status() != 204) {
                    tally.failed(answer.status() + " " + answer.body());
                }
            } catch (IOException e) {
                tally.failed(e.toString());
            }
            client = goesOn ? client : forget(client);
        }
        forget(client);
    }

    private static @Nullable RawClient forget(@Nullable RawClient client) {
        try {
            if (client != null) {
                client.close();
            }
            return null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
