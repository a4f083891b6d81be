package io.livepatch.charm.api;

import io.livepatch.charm.api.ServiceSpec.WorkerPool;
import java.util.Optional;

/**
 * The state of a service.
 *
 * @param fingerprint the fingerprint of its current spec
 * @param problem why it is not ready or not up to date, if known
 * @param workerPool the pool of its spec
 * @param ready the number of ready processes
 * @param upToDate whether no process is to be replaced, because of a new spec or a restart
 */
public record ServiceState(
        String name,
        Phase phase,
        String fingerprint,
        int restarts,
        Optional<String> problem,
        Optional<WorkerPool> workerPool,
        int ready,
        boolean upToDate) {

    /** The phase of a service's life. */
    public enum Phase {
        STARTING,
        /** At least one process is ready. */
        READY,
        /** The process ended unexpectedly; it is started again after a pause. */
        FAILING,
        STOPPED
    }

    /** The state of a single process. */
    public static ServiceState single(
            String name, Phase phase, String fingerprint, int restarts, Optional<String> problem) {
        return new ServiceState(
                name, phase, fingerprint, restarts, problem, Optional.empty(), phase == Phase.READY ? 1 : 0, true);
    }

    public boolean serves() {
        return phase == Phase.READY;
    }
}
