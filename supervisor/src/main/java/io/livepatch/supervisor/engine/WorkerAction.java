package io.livepatch.supervisor.engine;

import java.time.Duration;

/** What {@link WorkerLife} wants done; {@link WorkerSlot} does it. */
sealed interface WorkerAction {

    /** Start a process; answer with Launched and later Exited, or with LaunchFailed. */
    record Launch(int run) implements WorkerAction {}

    /** Send the stop signal to the process group. */
    record Terminate() implements WorkerAction {}

    /** Kill the process group. */
    record Kill() implements WorkerAction {}

    /** Make the ready check once; answer with Checked. */
    record Check(int run) implements WorkerAction {}

    /** Answer with TimeUp when the time has passed. */
    record Wake(int run, WorkerTimer timer, Duration in) implements WorkerAction {}
}
