package io.livepatch.supervisor.metrics;

import io.livepatch.supervisor.PoolEvent;
import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.supervisor.WorkerState;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Measures restart pauses and times until ready, from changes of state. Holds at most one entry for each worker id. */
final class StateTimers {

    private final Map<String, Instant> pausing = new ConcurrentHashMap<>();
    private final Map<String, Instant> served = new ConcurrentHashMap<>();

    /** The pause that {@code changed} ended. */
    Optional<Duration> pause(PoolEvent.Changed changed) {
        WorkerInfo worker = changed.worker();
        if (worker.state() == WorkerState.BACKING_OFF) {
            pausing.put(worker.id(), worker.since());
            return Optional.empty();
        }
        Instant since = pausing.remove(worker.id());
        return since == null || worker.state() != WorkerState.STARTING
                ? Optional.empty()
                : Optional.of(Duration.between(since, worker.since()));
    }

    /** The time that a process took until it was ready for the first time, when {@code changed} is that. */
    Optional<Duration> toReady(PoolEvent.Changed changed) {
        WorkerInfo worker = changed.worker();
        if (worker.state() == WorkerState.STOPPED) {
            served.remove(worker.id());
        }
        if (worker.state() != WorkerState.READY || worker.launchedAt().equals(served.get(worker.id()))) {
            return Optional.empty();
        }
        served.put(worker.id(), worker.launchedAt());
        return Optional.of(Duration.between(worker.launchedAt(), worker.since()));
    }
}
