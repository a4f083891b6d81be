package io.livepatch.supervisor;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** The workers of one command, as made by a supervisor. Safe for use by any thread. */
public interface Pool extends AutoCloseable {

    /** The name in its {@link #spec()}. */
    String name();

    /** What it was last asked to run. */
    PoolSpec spec();

    /** Its workers as they are now, by number; numbers without a worker are left out. */
    List<WorkerInfo> workers();

    /** Whether as many members as there are to be replicas are {@link WorkerState#READY}. */
    boolean ready();

    /** Sends a signal, such as {@code "HUP"}, to the process group of every worker that has a process. */
    void signal(String signal);

    /**
     * Has it run {@code spec} from now on, which must have the same name: what differs is applied, what does not is not touched. More replicas
     * are started and fewer drained at once; what a process reads at its start goes through the queue of recycles; all else holds from
     * now on. {@link SpecChange} tells beforehand. When this returns, {@link #workers()} shows who is due.
     *
     * @throws SupervisorException.Refused when the pool is closed
     * @throws SupervisorException.InvalidSpec when {@code spec} has another name
     */
    void change(PoolSpec spec);

    /**
     * Replaces one worker, in its turn; one that has no process, or was given up, is started at once.
     *
     * @return completes when what takes its place is ready; fails with {@link SupervisorException.Refused} when the pool is
     *     closed instead, and with {@link SupervisorException.RestartStalled} when the worker is taken away instead
     * @throws SupervisorException.Refused when there is no member of that id
     */
    CompletionStage<Void> recycle(String worker);

    /** Replaces every member, each in its turn; completes as {@link #recycle} does, when all are ready. */
    CompletionStage<Void> recycleAll();

    /**
     * Replaces every member and waits for it.
     *
     * @param within how long all of that may take
     * @throws SupervisorException.RestartStalled when it took longer; what was not replaced still serves, and is replaced later
     */
    void restart(Duration within);

    /** No planned recycle begins until {@link #resume}; crashed workers are still started again. */
    void pause();

    void resume();

    boolean paused();

    /**
     * Stops all workers at once, gracefully and then by force, and returns when every process of theirs is gone. An interrupt
     * cuts the grace short. Closing again is harmless and waits as well.
     */
    @Override
    void close();
}
