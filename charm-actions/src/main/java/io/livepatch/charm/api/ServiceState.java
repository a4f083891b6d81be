package io.livepatch.charm.api;

import io.livepatch.charm.api.ServiceSpec.WorkerPool;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The state of a service. A plain value, like {@link ServiceSpec}.
 *
 * @param fingerprint the fingerprint of its current spec
 * @param reloadFingerprint the fingerprint of the inputs that its processes were last told to read again
 * @param problem why it is not ready or not up to date, if known
 * @param end of the process that ended last, if processes are down or a replacement for the current spec ended by itself
 * @param workerPool the pool of its spec
 * @param ready the number of ready processes
 * @param proven how many of these run with the current spec
 * @param upToDate whether no process is to be replaced, because of a new spec or a restart
 * @param reservedPorts those of its spec
 */
public record ServiceState(
        String name,
        Phase phase,
        String fingerprint,
        Optional<String> reloadFingerprint,
        int restarts,
        Optional<String> problem,
        Optional<End> end,
        Optional<WorkerPool> workerPool,
        int ready,
        int proven,
        boolean upToDate,
        Set<InetSocketAddress> reservedPorts) {

    public ServiceState {
        reservedPorts = Set.copyOf(reservedPorts);
    }

    /** The state of a service whose spec names no reserved ports. */
    public ServiceState(
            String name,
            Phase phase,
            String fingerprint,
            Optional<String> reloadFingerprint,
            int restarts,
            Optional<String> problem,
            Optional<End> end,
            Optional<WorkerPool> workerPool,
            int ready,
            int proven,
            boolean upToDate) {
        this(
                name,
                phase,
                fingerprint,
                reloadFingerprint,
                restarts,
                problem,
                end,
                workerPool,
                ready,
                proven,
                upToDate,
                Set.of());
    }

    /** The phase of a service's life. */
    public enum Phase {
        /** No process is ready; one runs, or is being replaced. */
        STARTING,
        /** At least one process is ready. */
        READY,
        /** The process ended by itself or could not be started; the next start follows after a pause. */
        FAILING,
        /** The process ended by itself or could not be started, and its restart policy leaves it down until a restart. */
        ENDED,
        /** It is being stopped. */
        STOPPED
    }

    /**
     * The end of a process. Without an exit code and a signal, the process could not be started.
     *
     * @param exitCode if it exited
     * @param signal without {@code SIG}, if it was killed
     * @param started when its start began
     * @param at when it ended
     * @param lastLine of its log
     */
    public record End(
            OptionalInt exitCode, Optional<String> signal, Instant started, Instant at, Optional<String> lastLine) {

        /** Such as {@code signal KILL}. */
        @Override
        public String toString() {
            if (signal.isPresent()) {
                return "signal " + signal.get();
            }
            return exitCode.isPresent() ? "exit code " + exitCode.getAsInt() : "no process";
        }
    }

    public boolean serves() {
        return phase == Phase.READY;
    }

    /** Whether all processes are ready and none is to be replaced: a new spec or a restart has taken effect. */
    public boolean settled() {
        return upToDate && ready == workerPool.map(WorkerPool::count).orElse(1);
    }
}
