package io.livepatch.supervisor.cli;

import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.Pool;
import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.supervisor.WorkerState;
import io.livepatch.supervisor.process.SharedPort;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks periodically whether the workers of pools in supervisor mode share their port, and counts the connections of each. Logs each
 * change once. Thread-safe.
 */
final class PortSharingMonitor implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(PortSharingMonitor.class);

    private static final Duration PERIOD = Duration.ofSeconds(2);

    private final Supplier<List<Pool>> pools;
    private final Map<String, ConnectionSpread> spreads = new ConcurrentHashMap<>();
    /** By worker. */
    private final Map<String, String> problems = new ConcurrentHashMap<>();

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("shared ports").factory());

    PortSharingMonitor(Supplier<List<Pool>> pools) {
        this.pools = pools;
    }

    void start() {
        if (pools.get().stream().anyMatch(pool -> pool.spec().listening() instanceof Listening.Shared)) {
            SharedPort.advice().ifPresent(log::warn);
        }
        // The future is not needed: check() throws no exception, and close() ends the timer.
        var _ = timer.scheduleWithFixedDelay(this::check, PERIOD.toMillis(), PERIOD.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Why a worker does not share its port; empty if it does. */
    Optional<String> problem(String worker) {
        return Optional.ofNullable(problems.get(worker));
    }

    /** The imbalance of a pool's connections, see {@link ConnectionSpread}; empty while too few were seen. */
    OptionalDouble imbalance(String pool) {
        ConnectionSpread spread = spreads.get(pool);
        return spread == null ? OptionalDouble.empty() : spread.imbalance();
    }

    /** Advice about the spread of connections; empty for pools that do not share a port. */
    Optional<String> advice(String pool) {
        return Optional.ofNullable(spreads.get(pool)).map(ConnectionSpread::advice);
    }

    private void check() {
        for (Pool pool : pools.get()) {
            if (pool.spec().listening() instanceof Listening.Shared shared) {
                try {
                    check(pool, shared);
                } catch (IOException | RuntimeException e) {
                    log.warn("cannot determine how the workers of pool '{}' share their port", pool.name(), e);
                }
            }
        }
    }

    private void check(Pool pool, Listening.Shared shared) throws IOException {
        List<WorkerInfo> workers = pool.workers();
        Map<Long, WorkerInfo> ready = workers.stream()
                .filter(worker ->
                        worker.state() == WorkerState.READY && worker.pid().isPresent())
                .collect(Collectors.toMap(worker -> worker.pid().orElseThrow(), worker -> worker, (a, b) -> b));
        Map<Long, SharedPort.PortUse> standings = new SharedPort(shared.address()).inspect(ready.keySet());
        Map<Long, Integer> connections = new HashMap<>();
        standings.forEach((pid, standing) -> {
            connections.put(pid, standing.connections() + standing.queued());
            WorkerInfo worker = ready.get(pid);
            if (worker != null) {
                evaluate(worker.id(), shared.address().getPort(), standing.verdict());
            }
        });
        removeOthers(workers, ready.values());
        spreads.computeIfAbsent(pool.name(), _ -> new ConnectionSpread()).add(connections);
    }

    /** Removes the problems of processes that have ended, since they do not apply to their successors. */
    private void removeOthers(List<WorkerInfo> workers, Collection<WorkerInfo> checked) {
        workers.stream()
                .filter(worker -> !checked.contains(worker))
                .map(WorkerInfo::id)
                .forEach(problems::remove);
    }

    private void evaluate(String worker, int port, SharedPort.Verdict verdict) {
        Optional<String> problem = switch (verdict) {
            case SharedPort.Verdict.Sharing() -> Optional.empty();
            case SharedPort.Verdict.Alone(String advice) -> Optional.of(advice);
            case SharedPort.Verdict.NotListening() ->
                Optional.of("it is ready and does not listen on port " + port + "; see listen.port");
            // Known as soon as a second worker tries to listen.
            case SharedPort.Verdict.Unknown(var why) -> Optional.empty();
        };
        if (problem.isEmpty()) {
            if (problems.remove(worker) != null) {
                log.info("worker '{}' shares port {} now", worker, port);
            }
        } else if (!problem.get().equals(problems.put(worker, problem.get()))) {
            log.warn("worker '{}' does not share port {}: {}", worker, port, problem.get());
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }

    /**
     * How evenly the kernel spreads connections over the workers of one port: the highest mean number of open connections of a worker
     * divided by the mean of all. 1 is even, N means that one of N workers has all connections. Long connections count more than short
     * ones, as they are a longer load. Thread-safe.
     */
    private static final class ConnectionSpread {

        /** With SO_REUSEPORT and short connections, the worst of four workers was below this after a thousand connections. */
        private static final double UNEVEN = 1.5;

        /** The imbalance of fewer connections is chance. */
        private static final long MIN_CONNECTIONS = 200;

        private record Count(long connections, long samples) {
            Count plus(int more) {
                return new Count(connections + more, samples + 1);
            }

            double mean() {
                return (double) connections / samples;
            }
        }

        private final Map<Long, Count> counts = new HashMap<>();

        /** Adds the current connections of each process; removes processes that are missing. */
        synchronized void add(Map<Long, Integer> connections) {
            counts.keySet().retainAll(connections.keySet());
            connections.forEach((pid, number) ->
                    counts.put(pid, counts.getOrDefault(pid, new Count(0, 0)).plus(number)));
        }

        synchronized OptionalDouble imbalance() {
            long seen = counts.values().stream().mapToLong(Count::connections).sum();
            if (counts.size() < 2 || seen < MIN_CONNECTIONS) {
                return OptionalDouble.empty();
            }
            double mean =
                    counts.values().stream().mapToDouble(Count::mean).average().orElse(0);
            double max = counts.values().stream().mapToDouble(Count::mean).max().orElse(0);
            return mean == 0 ? OptionalDouble.empty() : OptionalDouble.of(max / mean);
        }

        String advice() {
            OptionalDouble imbalance = imbalance();
            if (imbalance.isEmpty()) {
                return "too few connections so far to say";
            }
            String number = String.format(Locale.ROOT, "%.2f", imbalance.getAsDouble());
            return imbalance.getAsDouble() < UNEVEN
                    ? "imbalance " + number + ": the kernel's spread is enough"
                    : "imbalance " + number
                            + ": long connections pile up on some; use proxy mode with least_connections (server: …)";
        }
    }
}
