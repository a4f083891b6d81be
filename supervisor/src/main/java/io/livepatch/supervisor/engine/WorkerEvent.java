package io.livepatch.supervisor.engine;

import io.livepatch.supervisor.ExitStatus;
import io.livepatch.supervisor.ReplacementReason;
import io.livepatch.supervisor.WorkerInfo.ResourceUsage;
import io.livepatch.supervisor.probe.Probes.ProbeFailure;
import java.util.Optional;

/** What can happen to a worker. */
sealed interface WorkerEvent {

    /** The pool wants it to run. */
    record Start(Optional<ReplacementReason> reason) implements WorkerEvent {}

    /** The pool wants it gone for good. */
    record Stop(ReplacementReason reason) implements WorkerEvent {}

    /** The pool wants a new process in the place of this one; no crash of the past counts any more. */
    record Restart(ReplacementReason reason) implements WorkerEvent {}

    /**
     * Its process hangs and is to be killed, without drain or stop signal: it would heed neither. It is started again as after a
     * crash.
     */
    record KillHung() implements WorkerEvent {}

    /** Whoever waits for the stop has no more patience: no grace from here on. */
    record Hurry() implements WorkerEvent {}

    /** News of one run; when it is not the worker's latest, it is stale and means nothing. */
    sealed interface OfRun extends WorkerEvent {
        int run();
    }

    /** The process exists. */
    record Launched(int run, long pid) implements OfRun {}

    /** No process came to be. */
    record LaunchFailed(int run, String why) implements OfRun {}

    /** The process and all that it left behind are gone. */
    record Exited(int run, ExitStatus status) implements OfRun {}

    /** It was looked at; {@code failure} is empty when it passed. */
    record Checked(int run, Look look, Optional<ProbeFailure> failure) implements OfRun {}

    /** The balancer took it in; {@code failure} is empty when it did. */
    record Entered(int run, Optional<String> failure) implements OfRun {}

    /** The balancer sends it nothing any more. */
    record Left(int run) implements OfRun {}

    /** What it uses. */
    record Measured(int run, ResourceUsage usage) implements OfRun {}

    /** The time that a {@link WorkerAction.Wake} asked for has come. */
    record TimeUp(int run, WorkerTimer timer) implements OfRun {}

    /** What a look is for. */
    enum Look {
        READY,
        LIVE
    }

    /** What a worker waits for. Timers are never cancelled: one that comes when nobody waits for it any more is ignored. */
    enum WorkerTimer {
        /** The pause after a crash is over. */
        RETRY,
        /** The next look at its readiness is due. */
        READY_CHECK,
        /** The next look at its liveness is due. */
        LIVE_CHECK,
        /** The balancer is to be asked again. */
        ENTER,
        /** It has lived long enough. */
        LIFESPAN,
        /** The balancer has not said that it has left. */
        DRAIN,
        /** The grace of a stop is over. */
        KILL,
        /** Not even KILL has helped. */
        GIVE_UP;

        /** Whether it means nothing once its worker is judged by other rules. */
        boolean ofRules() {
            return this == READY_CHECK || this == LIVE_CHECK || this == LIFESPAN;
        }
    }
}
