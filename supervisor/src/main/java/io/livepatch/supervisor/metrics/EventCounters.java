package io.livepatch.supervisor.metrics;

import io.livepatch.supervisor.ExitStatus;
import io.livepatch.supervisor.PoolEvent;
import io.livepatch.supervisor.ReplacementReason;
import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.supervisor.WorkerState;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/** Counts the events of pools and measures the durations between them. Thread-safe. */
final class EventCounters {

    /** From a process that starts at once to a database that recovers. */
    private static final double[] BUCKETS = {0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600};

    private final List<Collector> all = new ArrayList<>();
    private final Predicate<ExitStatus> outOfMemory;
    private final StateTimers timers = new StateTimers();

    private final Counter allRestarts =
            counter("monoceros_workerpool_restarts_total", "Processes started in place of others.", "worker_type");
    private final Counter allKills =
            counter("monoceros_workerpool_sigkill_total", "Workers that were killed because they did not end in time.");
    private final Counter limits = counter(
            "monoceros_workerpool_limits_events_total",
            "Workers that reached a limit; 'time' is the lifespan.",
            "limit_event");
    private final Counter restarts =
            counter("supervisor_restarts_total", "Processes started in place of others, by reason.", "reason");
    private final Counter exits = counter(
            "supervisor_exits_total",
            "Processes that ended: 'exit' with a code, by a 'signal', or 'oom'.",
            "cause",
            "status");
    private final Counter kills =
            counter("supervisor_kills_total", "Workers that were killed, by the reason of their stop.", "reason");
    private final Counter condemned =
            counter("supervisor_condemned_total", "Workers that joined the queue of recycles.", "reason");
    private final Counter cutRequests =
            counter("supervisor_requests_cut_total", "Requests in flight when the time for a drain was over.");
    private final Counter givenUp =
            counter("supervisor_given_up_total", "Workers that crashed too often and are not started again.");
    private final Histogram recycles = histogram(
            "supervisor_recycle_seconds", "From the start of a replacement until the old process has ended.", "reason");
    private final Histogram stops =
            histogram("supervisor_stop_seconds", "From the beginning of a stop until the process has ended.", "reason");
    private final Histogram drains = histogram("supervisor_drain_seconds", "Leaving the balancer.");
    private final Histogram pauses =
            histogram("supervisor_restart_pause_seconds", "From a crash until the next start.");
    private final Histogram timesToReady =
            histogram("supervisor_time_to_ready_seconds", "From launch until first ready.");

    EventCounters(Predicate<ExitStatus> outOfMemory) {
        this.outOfMemory = outOfMemory;
    }

    void register(PrometheusRegistry registry) {
        all.forEach(registry::register);
    }

    /** Creates the series of a pool with 0, so that the first event of each kind is an increase. */
    void initialize(String pool) {
        allRestarts.initLabelValues(pool, "worker");
        allKills.initLabelValues(pool);
        limits.initLabelValues(pool, "time");
        cutRequests.initLabelValues(pool);
        givenUp.initLabelValues(pool);
        drains.initLabelValues(pool);
        pauses.initLabelValues(pool);
        timesToReady.initLabelValues(pool);
        for (ReplacementReason reason : ReplacementReason.values()) {
            restarts.initLabelValues(pool, reason.word());
        }
    }

    void onEvent(String pool, PoolEvent event) {
        switch (event) {
            case PoolEvent.Changed changed -> {
                timers.pause(changed).ifPresent(it -> observe(pauses, it, pool));
                timers.timeToReady(changed).ifPresent(it -> observe(timesToReady, it, pool));
            }
            case PoolEvent.Restarted restarted -> {
                allRestarts.labelValues(pool, "worker").inc();
                restarts.labelValues(pool, restarted.reason().word()).inc();
            }
            case PoolEvent.Ended ended -> ended(pool, ended);
            case PoolEvent.Killed(WorkerInfo worker) -> {
                allKills.labelValues(pool).inc();
                kills.labelValues(
                                pool, worker.due().map(ReplacementReason::word).orElse("stop"))
                        .inc();
            }
            case PoolEvent.Condemned happened -> condemned(pool, happened.reason());
            case PoolEvent.Recycled happened ->
                observe(recycles, happened.took(), pool, happened.reason().word());
            case PoolEvent.Drained drained -> {
                observe(drains, drained.took(), pool);
                cutRequests.labelValues(pool).inc(drained.cut());
            }
            case PoolEvent.GaveUp _ -> givenUp.labelValues(pool).inc();
        }
    }

    private void ended(String pool, PoolEvent.Ended ended) {
        ExitStatus status = ended.status();
        if (outOfMemory.test(status)) {
            exits.labelValues(pool, "oom", status.signal().orElse("KILL")).inc();
        } else {
            String cause = status.signal().isPresent() ? "signal" : "exit";
            exits.labelValues(pool, cause, status.signal().orElseGet(() -> Integer.toString(status.code() & 0xff)))
                    .inc();
        }
        if (ended.reason() != ReplacementReason.CRASH) {
            observe(stops, ended.stopping(), pool, ended.reason().word());
        }
    }

    private void condemned(String pool, ReplacementReason reason) {
        condemned.labelValues(pool, reason.word()).inc();
        switch (reason) {
            case LIFESPAN -> limits.labelValues(pool, "time").inc();
            case MEMORY, CPU, OPEN_FILES, REQUESTS ->
                limits.labelValues(pool, reason.word()).inc();
            case CRASH, HEALTH, CHANGE, REQUEST, SCALE_DOWN, SHUTDOWN -> {}
        }
    }

    private static void observe(Histogram histogram, Duration took, String... labels) {
        histogram.labelValues(labels).observe(took.toNanos() / 1e9);
    }

    private Counter counter(String name, String help, String... labels) {
        Counter counter = Counter.builder()
                .name(name)
                .help(help)
                .labelNames(withPool(labels))
                .build();
        all.add(counter);
        return counter;
    }

    private Histogram histogram(String name, String help, String... labels) {
        Histogram histogram = Histogram.builder()
                .name(name)
                .help(help)
                .labelNames(withPool(labels))
                .classicOnly()
                .classicUpperBounds(BUCKETS)
                .build();
        all.add(histogram);
        return histogram;
    }

    private static String[] withPool(String... labels) {
        List<String> names = new ArrayList<>(List.of("pool"));
        names.addAll(List.of(labels));
        return names.toArray(String[]::new);
    }

    /** Measures restart pauses and times until ready, from changes of state. Holds at most one entry for each worker id. */
    private static final class StateTimers {

        private final Map<String, Instant> pausedSince = new ConcurrentHashMap<>();
        /** The launch of the last process that became ready. */
        private final Map<String, Instant> readyLaunch = new ConcurrentHashMap<>();

        /** The restart pause that {@code changed} ends, if any. */
        Optional<Duration> pause(PoolEvent.Changed changed) {
            WorkerInfo worker = changed.worker();
            if (worker.state() == WorkerState.BACKING_OFF) {
                pausedSince.put(worker.id(), worker.since());
                return Optional.empty();
            }
            Instant since = pausedSince.remove(worker.id());
            return since == null || worker.state() != WorkerState.STARTING
                    ? Optional.empty()
                    : Optional.of(Duration.between(since, worker.since()));
        }

        /** The time from launch until ready, if {@code changed} is the first time that its process is ready. */
        Optional<Duration> timeToReady(PoolEvent.Changed changed) {
            WorkerInfo worker = changed.worker();
            if (worker.state() == WorkerState.STOPPED) {
                readyLaunch.remove(worker.id());
            }
            if (worker.state() != WorkerState.READY || worker.launchedAt().equals(readyLaunch.get(worker.id()))) {
                return Optional.empty();
            }
            readyLaunch.put(worker.id(), worker.launchedAt());
            return Optional.of(Duration.between(worker.launchedAt(), worker.since()));
        }
    }
}
