package io.livepatch.supervisor.control;

import io.livepatch.supervisor.ExitStatus;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.WorkerInfo;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A pool as the clients of the control socket see it.
 *
 * @param label what the client that applied the pool remembers with it; empty for pools of the supervisor's file
 * @param stopping whether it is being removed
 * @param failure the latest failure of a replacement for the present spec. The supervisor removes a failed replacement at once, so
 *     {@code workers} does not show it
 */
public record PoolState(
        PoolSpec spec, String label, List<WorkerInfo> workers, boolean stopping, Optional<ReplacementFailure> failure) {

    public PoolState {
        workers = List.copyOf(workers);
    }

    public String name() {
        return spec.name();
    }

    /** A new worker that was to replace another one ended by itself. */
    public record ReplacementFailure(WorkerInfo worker, ExitStatus status, Duration uptime) {}

    /** Without the label, which may hold secrets. */
    @Override
    public String toString() {
        return "%s%s: %s".formatted(name(), stopping ? " (stopping)" : "", workers);
    }
}
