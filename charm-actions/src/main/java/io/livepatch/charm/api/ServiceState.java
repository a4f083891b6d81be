package io.livepatch.charm.api;

import io.livepatch.charm.api.ServiceSpec.WorkerPool;
import java.util.Optional;

/**
 * How a service is.
 *
 * @param fingerprint that of the spec it runs by
 * @param problem why it is not ready, or not renewed, when something is known
 * @param workerPool the one of its spec
 * @param ready how many of its processes are
 * @param upToDate whether none of them is still to be replaced, for another spec or because it was asked for
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

    /** What it is doing now. */
    public enum Phase {
        STARTING,
        /** It does its work; of a crew, at least one does. */
        READY,
        /** It ended by itself, and is started again after a pause. */
        FAILING,
        STOPPED
    }

    /** Of a single process. */
    public static ServiceState single(
            String name, Phase phase, String fingerprint, int restarts, Optional<String> problem) {
        return new ServiceState(
                name, phase, fingerprint, restarts, problem, Optional.empty(), phase == Phase.READY ? 1 : 0, true);
    }

    public boolean serves() {
        return phase == Phase.READY;
    }
}
