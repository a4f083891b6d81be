package io.livepatch.supervisor.engine;

import io.livepatch.supervisor.ReplacementReason;
import io.livepatch.supervisor.engine.WorkerEvent.WorkerTimer;
import java.time.Duration;
import java.util.Optional;

/** What {@link WorkerStateMachine} wants done; {@link WorkerRunner} does it. */
sealed interface WorkerAction {

    /** Start a process; answer with Launched and later Exited, or with LaunchFailed. */
    record Launch(int run, Optional<ReplacementReason> reason) implements WorkerAction {}

    /** Send the stop signal to the process group. */
    record Terminate() implements WorkerAction {}

    /** Kill the process group. */
    record Kill() implements WorkerAction {}

    /** Look once; answer with Checked. */
    record Check(int run, WorkerEvent.Look look) implements WorkerAction {}

    /** Have the balancer send it requests; answer with Entered. */
    record Enter(int run) implements WorkerAction {}

    /** Have the balancer send it nothing new; answer with Left. */
    record Leave(int run) implements WorkerAction {}

    /** Tell the pool that it has to be replaced, in its turn. */
    record Condemn(ReplacementReason reason, String why) implements WorkerAction {}

    /** Answer with TimeUp when the time has passed. */
    record Wake(int run, WorkerTimer timer, Duration in) implements WorkerAction {}
}
