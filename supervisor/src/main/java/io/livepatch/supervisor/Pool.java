package io.livepatch.supervisor;

import java.time.Duration;
import java.util.List;

/** The workers of one command, as made by {@link Supervisor#run}. Safe for use by any thread. */
public interface Pool extends AutoCloseable {

    /** The name in its {@link #spec()}. */
    String name();

    /** What it was asked to run. */
    PoolSpec spec();

    /** Its workers as they are now, by number. */
    List<WorkerInfo> workers();

    /** Whether every worker is {@link WorkerState#READY}. */
    boolean ready();

    /** Sends a signal, such as {@code "HUP"}, to the process group of every worker that has a process. */
    void signal(String signal);

    /**
     * Stops and starts one worker after the other, each when the one before is ready again, and returns when all are.
     *
     * @param readyWithin how long a worker may take from its start until it is ready
     * @throws SupervisorException.RestartStalled when a worker took longer; those after it still run their old process
     */
    void restart(Duration readyWithin);

    /** {@link #restart(Duration)} with a minute for each worker. */
    default void restart() {
        restart(Duration.ofMinutes(1));
    }

    /**
     * Stops all workers at once, gracefully and then by force, and returns when every process of theirs is gone. An interrupt
     * cuts the grace short. Closing again is harmless and waits as well.
     */
    @Override
    void close();
}
