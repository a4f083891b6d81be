package io.livepatch.supervisor;

import java.util.EnumSet;
import java.util.Set;

/**
 * Where a worker is in its life. {@link #next()} is the whole table of legal moves.
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
    /** The process runs, but its ready check has not passed, or no longer passes. */
    RUNNING,
    /** The process runs and its ready check passes; without a ready check, it runs. */
    READY,
    /** The process runs, and the balancer sends it nothing new any more. */
    DRAINING,
    /** The process was told to end. */
    STOPPING,
    /** The process ended by itself or could not be started; the next start waits for its time. */
    BACKING_OFF,
    /** It crashed too often and is not started any more, unless somebody asks for it. */
    FAILED,
    /** No process, and none will be started. */
    STOPPED;

    /** The states that may follow this one. */
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

    /** Whether there is, or may be, a process. */
    public boolean present() {
        return switch (this) {
            case STARTING, RUNNING, READY, DRAINING, STOPPING -> true;
            case BACKING_OFF, FAILED, STOPPED -> false;
        };
    }
}
