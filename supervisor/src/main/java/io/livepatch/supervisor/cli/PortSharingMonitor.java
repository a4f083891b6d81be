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
 * Checks, every few seconds, whether the workers of pools in supervisor mode share their port, and counts the connections of each.
 * Logs each change once. Thread-safe.
 */
final class PortSharingMonitor implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(PortSharingMonitor.class);

    private static final Duration PERIOD = Duration.ofSeconds(2);

    private final Supplier<List<Pool>> pools;
    private final Map<String, ConnectionSpread> spreads = new ConcurrentHashMap<>();
    private final Map<String, String> complaints = new ConcurrentHashMap<>();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("shared ports").factory());

    PortSharingMonitor(Supplier<List<Pool>> pools) {
        this.pools = pools;
    }

    void start() {
        if (pools.get().stream().anyMatch(pool -> pool.spec().listening() instanceof Listening.Shared)) {
            SharedPort.advice().ifPresent(log::warn);
        }
        // Nothing comes of the future: looking throws nothing, and closing ends the timer.
        var _ = timer.scheduleWithFixedDelay(this::look, PERIOD.toMillis(), PERIOD.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Why a worker does not share its port; empty if it does. */
    Optional<String> complaint(String worker) {
        return Optional.ofNullable(complaints.get(worker));
    }

    /** See {@link ConnectionSpread#imbalance}. */
    OptionalDouble imbalance(String pool) {
        ConnectionSpread connectionSpread = spreads.get(pool);
        if (connectionSpread == null) {
            return OptionalDouble.empty();
        }
        synchronized (connectionSpread) {
            return connectionSpread.imbalance();
        }
    }

    /** Advice about the spread of connections; empty for pools that do not share a port. */
    Optional<String> advice(String pool) {
        ConnectionSpread connectionSpread = spreads.get(pool);
        if (connectionSpread == null) {
            return Optional.empty();
        }
        synchronized (connectionSpread) {
            return Optional.of(connectionSpread.advice());
        }
    }

    private void look() {
        for (Pool pool : pools.get()) {
            if (pool.spec().listening() instanceof Listening.Shared shared) {
                try {
                    look(pool, shared);
                } catch (IOException | RuntimeException e) {
                    log.warn("cannot tell how the workers of '{}' share their port", pool.name(), e);
                }
            }
        }
    }

    private void look(Pool pool, Listening.Shared shared) throws IOException {
        List<WorkerInfo> workers = pool.workers();
        Map<Long, WorkerInfo> ready = workers.stream()
                .filter(worker ->
                        worker.state() == WorkerState.READY && worker.pid().isPresent())
                .collect(Collectors.toMap(worker -> worker.pid().orElseThrow(), worker -> worker, (a, b) -> b));
        Map<Long, SharedPort.Standing> standings = new SharedPort(shared.address()).look(ready.keySet());
        Map<Long, Integer> connections = new HashMap<>();
        standings.forEach((pid, standing) -> {
            connections.put(pid, standing.connections() + standing.queued());
            WorkerInfo worker = ready.get(pid);
            if (worker != null) {
                judge(worker.id(), shared.address().getPort(), standing.verdict());
            }
        });
        forget(workers, ready.values());
        ConnectionSpread connectionSpread = spreads.computeIfAbsent(pool.name(), _ -> new ConnectionSpread());
        synchronized (connectionSpread) {
            connectionSpread.add(connections);
        }
    }

    /** Removes the complaints about processes that have ended; they do not apply to their successors. */
    private void forget(List<WorkerInfo> workers, Collection<WorkerInfo> judged) {
        workers.stream()
                .filter(worker -> !judged.contains(worker))
                .map(WorkerInfo::id)
                .forEach(complaints::remove);
    }

    private void judge(String worker, int port, SharedPort.Verdict verdict) {
        Optional<String> complaint = switch (verdict) {
            case SharedPort.Verdict.Sharing() -> Optional.empty();
            case SharedPort.Verdict.Alone(String advice) -> Optional.of(advice);
            case SharedPort.Verdict.NotListening() ->
                Optional.of("it is ready and does not listen on port " + port + "; see listen.port");
            // It cannot be told from here; a second worker will.
            case SharedPort.Verdict.Unknown(var why) -> Optional.empty();
        };
        if (complaint.isEmpty()) {
            if (complaints.remove(worker) != null) {
                log.info("worker '{}' shares port {} now", worker, port);
            }
        } else if (!complaint.get().equals(complaints.put(worker, complaint.get()))) {
            log.warn("worker '{}' does not share port {}: {}", worker, port, complaint.get());
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
