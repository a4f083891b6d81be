package io.livepatch.supervisor;

import java.util.EnumSet;
import java.util.Set;

/**
 * Where a worker is in its life. {@link #next()} is the whole table of legal moves.
 *
 * <pre>
 *             ┌───────────────────────────────────────────────┐
 *             ▼                                               │ backoff over, restart
 *  STOPPED ─▶ STARTING ─▶ RUNNING ⇄ READY ─(ended)─▶ BACKING_OFF
 *     ▲          │           │        │                       │
 *     │          └───────────┴────────┴─▶ STOPPING ─▶ STARTING (a restart)
 *     └───────────────────────────────────────┴───────────────┘
 * </pre>
 */
public enum WorkerState {
    /** The process is being started; its pid is not known yet. */
    STARTING,
    /** The process runs, but its ready check has not passed, or no longer passes. */
    RUNNING,
    /** The process runs and its ready check passes; without a ready check, it runs. */
    READY,
    /** The process was told to end. */
    STOPPING,
    /** The process ended by itself or could not be started; the next start waits for its time. */
    BACKING_OFF,
    /** No process, and none will be started. */
    STOPPED;

    /** The states that may follow this one. */
    public Set<WorkerState> next() {
        return switch (this) {
            case STARTING -> EnumSet.of(RUNNING, READY, STOPPING, BACKING_OFF);
            case RUNNING -> EnumSet.of(READY, STOPPING, BACKING_OFF);
            case READY -> EnumSet.of(RUNNING, STOPPING, BACKING_OFF);
            case STOPPING -> EnumSet.of(STARTING, STOPPED);
            case BACKING_OFF -> EnumSet.of(STARTING, STOPPED);
            case STOPPED -> EnumSet.of(STARTING);
        };
    }
}
