package io.livepatch.supervisor.engine;

import io.livepatch.supervisor.ReplacementReason;
import io.livepatch.supervisor.engine.WorkerEvent.CheckType;
import io.livepatch.supervisor.engine.WorkerEvent.WorkerTimer;
import java.time.Duration;
import java.util.Optional;

/** An output of {@link WorkerStateMachine}; {@link WorkerRunner} executes it. */
sealed interface WorkerAction {

    /** Start a process; results in Launched and later Exited, or in LaunchFailed. */
    record Launch(int run, Optional<ReplacementReason> reason) implements WorkerAction {}

    /** Send the stop signal to the process group. */
    record Terminate() implements WorkerAction {}

    /** Kill the process group. */
    record Kill() implements WorkerAction {}

    /** Run a health check once; results in Checked. */
    record Check(int run, CheckType type) implements WorkerAction {}

    /** Have the balancer send requests to the worker; results in EnteredBalancer. */
    record EnterBalancer(int run) implements WorkerAction {}

    /** Have the balancer drain the worker; results in LeftBalancer. */
    record LeaveBalancer(int run) implements WorkerAction {}

    /** Queue the worker for replacement. */
    record MarkForReplacement(ReplacementReason reason, String why) implements WorkerAction {}

    /** Results in TimerExpired after {@code delay}. */
    record StartTimer(int run, WorkerTimer timer, Duration delay) implements WorkerAction {}
}
