package io.livepatch.fleet.gate;

import com.sun.net.httpserver.HttpServer;
import io.livepatch.fleet.Runs;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Threshold;
import io.livepatch.fleet.gate.Gate.ObservedLoad;
import io.livepatch.fleet.stats.Latency;
import io.livepatch.fleet.stats.RunStats;
import io.livepatch.fleet.stats.RunStats.GeneratorStats;
import io.livepatch.fleet.stats.RunStats.SecondStats;
import io.livepatch.fleet.stats.RunStats.StepStats;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/**
 * A server and fifty requests a second at it. The name of a file in its directory makes the server fail: {@code broken},
 * {@code slow} or {@code stuck}; so any command can bring it down and up again.
 */
final class SmallLoad implements AutoCloseable {
    private record Iteration(Instant due, Duration took, int status) {}

    private final Path directory;
    private final Duration warmUp;
    private final Instant begin = Instant.now();
    private final HttpServer server;
    private final HttpClient client = HttpClient.newHttpClient();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    private final List<Instant> offered = new ArrayList<>();
    private final List<Iteration> iterations = new ArrayList<>();
    private final AtomicBoolean ended = new AtomicBoolean();

    SmallLoad(Path directory, Duration warmUp) throws IOException {
        this.directory = directory;
        this.warmUp = warmUp;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    }

    void start() {
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            try (exchange) {
                pauseWhile("stuck", Duration.ofSeconds(60));
                pauseWhile("slow", Duration.ofSeconds(60));
                exchange.sendResponseHeaders(is("broken") ? 500 : 204, -1);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        });
        server.start();
        var _ = clock.scheduleAtFixedRate(() -> threads.execute(this::iteration), 0, 20, TimeUnit.MILLISECONDS);
    }

    void end() {
        clock.shutdownNow();
        ended.set(true);
    }

    ObservedLoad observed(Threshold... thresholds) {
        Flock flock = Runs.warming(Runs.flock("office", Runs.constant(50), Duration.ofHours(1), thresholds), warmUp);
        return new ObservedLoad(flock, this::figures, ended::get);
    }

    private boolean is(String mode) {
        return Files.exists(directory.resolve(mode));
    }

    private void pauseWhile(String mode, Duration max) throws InterruptedException {
        long end = System.nanoTime() + max.toNanos();
        while (is(mode) && System.nanoTime() < end) {
            Thread.sleep(5);
        }
    }

    private void iteration() {
        Instant due = Instant.now();
        synchronized (this) {
            offered.add(due);
        }
        int status;
        try {
            URI uri = URI.create(
                    "http://127.0.0.1:%d/".formatted(server.getAddress().getPort()));
            status = client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        } catch (IOException _) {
            status = 0;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return;
        }
        synchronized (this) {
            iterations.add(new Iteration(due, Duration.between(due, Instant.now()), status));
        }
    }

    /** The longest response so far, at least a quarter of a second. */
    synchronized Duration slowest() {
        return Stream.concat(
                        Stream.of(Duration.ofMillis(250)), iterations.stream().map(Iteration::took))
                .max(Comparator.naturalOrder())
                .orElseThrow();
    }

    synchronized RunStats figures() {
        Map<Integer, SecondStats> slots = new TreeMap<>();
        offered.forEach(due -> slots.merge(second(due), offered(due), SecondStats::plus));
        long failed = 0;
        for (Iteration iteration : iterations) {
            boolean ok = iteration.status() == 204;
            slots.merge(second(iteration.due()), over(iteration.due()), SecondStats::plus);
            failed += ok || !judged(iteration.due()) ? 0 : 1;
            Latency latency = ok ? Runs.millis(iteration.took().toMillis()) : Latency.NONE;
            Instant end = iteration.due().plus(iteration.took());
            slots.merge(
                    second(end),
                    new SecondStats(second(end), 1, 0, 0, 0, 1, ok ? 0 : 1, 0, latency, latency),
                    SecondStats::plus);
        }
        Latency all = Runs.micros(iterations.stream()
                .filter(it -> it.status() == 204 && judged(it.due()))
                .mapToLong(it -> it.took().toNanos() / 1000));
        Map<String, Long> errors = failed == 0 ? Map.of() : Map.of("status 500", failed);
        return new RunStats(
                "office",
                begin,
                new StepStats(all.count(), errors, Map.of(), all, all),
                Map.of(),
                List.copyOf(slots.values()),
                Map.of("livepatch/0", (long) iterations.size()),
                GeneratorStats.NONE);
    }

    private boolean judged(Instant due) {
        return !due.isBefore(begin.plus(warmUp));
    }

    private SecondStats offered(Instant due) {
        return new SecondStats(second(due), 1, 1, judged(due) ? 0 : 1, 0, 0, 0, 0, Latency.NONE, Latency.NONE);
    }

    private SecondStats over(Instant due) {
        return new SecondStats(second(due), 1, 0, 0, judged(due) ? 1 : 0, 0, 0, 0, Latency.NONE, Latency.NONE);
    }

    private int second(Instant at) {
        return (int) Duration.between(begin, at).toSeconds();
    }

    @Override
    public void close() {
        end();
        client.shutdownNow();
        server.stop(0);
        threads.shutdownNow();
    }
}
