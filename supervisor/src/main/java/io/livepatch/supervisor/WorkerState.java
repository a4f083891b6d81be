package io.livepatch.supervisor;

import java.util.EnumSet;
import java.util.Set;

/**
 * The state of a worker; {@link #next()} is the table of legal transitions.
 *
 * <pre>
 *             ┌───────────────────────────────────────────────┐
 *             ▼                                               │ backoff over, restart
 *  STOPPED ─▶ STARTING ─▶ RUNNING ⇄ READY ─(ended)─▶ BACKING_OFF ─▶ FAILED
 *     ▲          │           │        │                  │            │
 *     │          │           └───┬────┘                  │            │
 *     │          │           DRAINING                    │            │
 *     │          └───────────────┴─▶ STOPPING ─▶ STARTING (in place)  │
 *     └──────────────────────────────────┴───────────────┴────────────┘
 * </pre>
 */
public enum WorkerState {
    /** The process is being started; its pid is not known yet. */
    STARTING,
    /** The process runs, but its ready check does not pass. */
    RUNNING,
    /** The process runs, and its ready check passes if it has one. */
    READY,
    /** The process runs, and the balancer sends it no new requests. */
    DRAINING,
    /** The process was sent its stop signal. */
    STOPPING,
    /** The process ended by itself or could not be started; the restart is delayed. */
    BACKING_OFF,
    /** It crashed too often, or its restart policy leaves it down; it is started only on request. */
    FAILED,
    /** No process, and none will be started. */
    STOPPED;

    public Set<WorkerState> next() {
        return switch (this) {
            case STARTING -> EnumSet.of(RUNNING, READY, STOPPING, BACKING_OFF, FAILED);
            case RUNNING -> EnumSet.of(READY, DRAINING, STOPPING, BACKING_OFF, FAILED);
            case READY -> EnumSet.of(RUNNING, DRAINING, STOPPING, BACKING_OFF, FAILED);
            case DRAINING -> EnumSet.of(STOPPING, STARTING, STOPPED, BACKING_OFF, FAILED);
            case STOPPING -> EnumSet.of(STARTING, STOPPED, BACKING_OFF, FAILED);
            case BACKING_OFF, FAILED -> EnumSet.of(STARTING, STOPPED);
            case STOPPED -> EnumSet.of(STARTING);
        };
    }

    /** Whether there may be a process. */
    public boolean present() {
        return switch (this) {
            case STARTING, RUNNING, READY, DRAINING, STOPPING -> true;
            case BACKING_OFF, FAILED, STOPPED -> false;
        };
    }
}
