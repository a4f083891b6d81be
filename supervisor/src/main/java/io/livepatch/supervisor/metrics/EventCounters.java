package io.livepatch.supervisor.metrics;

import io.livepatch.supervisor.ExitStatus;
import io.livepatch.supervisor.PoolEvent;
import io.livepatch.supervisor.ReplacementReason;
import io.livepatch.supervisor.WorkerInfo;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.util.function.Predicate;

/** Counts the events of pools. */
final class EventCounters {

    /** From a process that is there at once to a database that recovers. */
    private static final double[] SECONDS = {0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600};

    private final Predicate<ExitStatus> outOfMemory;
    private final StateTimers timers = new StateTimers();

    private final Counter allRestarts =
            counter("monoceros_workerpool_restarts_total", "Processes started in the place of others.", "worker_type");
    private final Counter allKills =
            counter("monoceros_workerpool_sigkill_total", "Workers that did not end in time and were killed.");
    private final Counter limits = counter(
            "monoceros_workerpool_limits_events_total",
            "Workers that used up what they may; 'time' is the lifespan.",
            "limit_event");
    private final Counter restarts =
            counter("supervisor_restarts_total", "Processes started in the place of others, by reason.", "reason");
    private final Counter exits = counter(
            "supervisor_exits_total",
            "Processes that are gone: 'exit' with a code, by a 'signal', or 'oom'.",
            "cause",
            "status");
    private final Counter kills =
            counter("supervisor_kills_total", "Workers that were killed, by why they were to end.", "reason");
    private final Counter condemned =
            counter("supervisor_condemned_total", "Workers that were put into the queue of recycles.", "reason");
    private final Counter cut =
            counter("supervisor_requests_cut_total", "Requests in flight when a drain ran out of patience.");
    private final Counter gaveUp =
            counter("supervisor_given_up_total", "Workers that crashed too often and are not started any more.");
    private final Histogram recycles =
            histogram("supervisor_recycle_seconds", "From the start of a replacement until the old is gone.", "reason");
    private final Histogram stops =
            histogram("supervisor_stop_seconds", "From the first word to leave until the process is gone.", "reason");
    private final Histogram drains = histogram("supervisor_drain_seconds", "Leaving the balancer.");
    private final Histogram pauses =
            histogram("supervisor_restart_pause_seconds", "From a crash until the next start.");
    private final Histogram readies = histogram("supervisor_time_to_ready_seconds", "From launch until first ready.");

    EventCounters(Predicate<ExitStatus> outOfMemory) {
        this.outOfMemory = outOfMemory;
    }

    void register(PrometheusRegistry registry) {
        registry.register(allRestarts);
        registry.register(allKills);
        registry.register(limits);
        registry.register(restarts);
        registry.register(exits);
        registry.register(kills);
        registry.register(condemned);
        registry.register(cut);
        registry.register(gaveUp);
        registry.register(recycles);
        registry.register(stops);
        registry.register(drains);
        registry.register(pauses);
        registry.register(readies);
    }

    /** Begins at nothing, so that the first of each is seen as an increase. */
    void know(String pool) {
        allRestarts.initLabelValues(pool, "worker");
        allKills.initLabelValues(pool);
        limits.initLabelValues(pool, "time");
        cut.initLabelValues(pool);
        gaveUp.initLabelValues(pool);
        drains.initLabelValues(pool);
        pauses.initLabelValues(pool);
        readies.initLabelValues(pool);
        for (ReplacementReason reason : ReplacementReason.values()) {
            restarts.initLabelValues(pool, reason.word());
        }
    }

    void heard(String pool, PoolEvent event) {
        switch (event) {
            case PoolEvent.Changed changed -> {
                timers.pause(changed).ifPresent(it -> observe(pauses, it, pool));
                timers.toReady(changed).ifPresent(it -> observe(readies, it, pool));
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
                cut.labelValues(pool).inc(drained.cut());
            }
            case PoolEvent.GaveUp happened -> gaveUp.labelValues(pool).inc();
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

    private static Counter counter(String name, String help, String... labels) {
        return Counter.builder()
                .name(name)
                .help(help)
                .labelNames(withPool(labels))
                .build();
    }

    private static Histogram histogram(String name, String help, String... labels) {
        return Histogram.builder()
                .name(name)
                .help(help)
                .labelNames(withPool(labels))
                .classicOnly()
                .classicUpperBounds(SECONDS)
                .build();
    }

    private static String[] withPool(String... labels) {
        String[] all = new String[labels.length + 1];
        all[0] = "pool";
        System.arraycopy(labels, 0, all, 1, labels.length);
        return all;
    }
}
