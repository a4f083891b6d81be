package io.livepatch.supervisor.engine;

import io.livepatch.supervisor.ExitStatus;
import io.livepatch.supervisor.ReplacementReason;
import io.livepatch.supervisor.WorkerInfo.ResourceUsage;
import io.livepatch.supervisor.probe.Probes.ProbeFailure;
import java.util.Optional;

/** An input of {@link WorkerStateMachine}: a request of the pool, or something that happened to a process. */
sealed interface WorkerEvent {

    /** Start a process unless there is one. */
    record Start(Optional<ReplacementReason> reason) implements WorkerEvent {}

    /** Stop the process; no other follows. */
    record Stop(ReplacementReason reason) implements WorkerEvent {}

    /** Replace the process in place and reset the crash count. */
    record Restart(ReplacementReason reason) implements WorkerEvent {}

    /** Kill a process that hangs, without drain or stop signal, and start another as after a crash. */
    record KillHung() implements WorkerEvent {}

    /** Kill a process that is draining or stopping. */
    record ForceStop() implements WorkerEvent {}

    /** An event of one process run; ignored unless that run is the worker's latest. */
    sealed interface OfRun extends WorkerEvent {
        int run();
    }

    record Launched(int run, long pid) implements OfRun {}

    record LaunchFailed(int run, String why) implements OfRun {}

    /** The process and its descendants have ended. */
    record Exited(int run, ExitStatus status) implements OfRun {}

    /** A check has run; {@code failure} is empty when it passed. */
    record Checked(int run, CheckType type, Optional<ProbeFailure> failure) implements OfRun {}

    /** The balancer has accepted the worker, or could not because of {@code failure}. */
    record EnteredBalancer(int run, Optional<String> failure) implements OfRun {}

    /** The balancer sends the worker no requests any more. */
    record LeftBalancer(int run) implements OfRun {}

    record Measured(int run, ResourceUsage usage) implements OfRun {}

    record TimerExpired(int run, WorkerTimer timer) implements OfRun {}

    enum CheckType {
        READY,
        LIVE
    }

    /** A timer of a worker. Timers are never cancelled; the state machine ignores one that no longer applies. */
    enum WorkerTimer {
        /** The pause after a crash is over. */
        RETRY,
        READY_CHECK,
        LIVE_CHECK,
        /** Ask the balancer again to accept the worker. */
        ENTER_BALANCER,
        LIFESPAN,
        /** The balancer did not drain the worker in time. */
        DRAIN,
        /** The stop timeout is over. */
        KILL,
        /** The kernel did not end the killed process in time. */
        GIVE_UP;

        /** Whether it is obsolete once health checks or limits change. */
        boolean dependsOnChecks() {
            return this == READY_CHECK || this == LIVE_CHECK || this == LIFESPAN;
        }
    }
}
