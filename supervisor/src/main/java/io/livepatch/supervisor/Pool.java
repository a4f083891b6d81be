package io.livepatch.supervisor;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** The workers of one command, run by a supervisor. Thread-safe. */
public interface Pool extends AutoCloseable {

    String name();

    /** The latest requested spec. */
    PoolSpec spec();

    /** The workers in the order of their numbers. */
    List<WorkerInfo> workers();

    /** Whether at least {@code replicas} members are {@link WorkerState#READY}. */
    boolean ready();

    /** Sends a signal, such as {@code "HUP"}, to the process group of each worker. */
    void signal(String signal);

    /**
     * Makes each process read its inputs again: sends the signal to it, but not to its children. A process that was never ready may
     * not handle the signal yet, and would be ended by it, so it gets the signal once it is ready. One that is started later gets
     * none.
     */
    void reload(String signal);

    /**
     * Applies the differences to {@code spec}: starts or drains replicas at once, replaces workers through the queue where a new
     * process is needed, and uses all other settings from now on. {@link SpecChange} lists these differences in advance. When this
     * returns, {@link #workers()} shows which workers are due for replacement.
     *
     * @throws SupervisorException.Refused if the pool is closed
     * @throws SupervisorException.InvalidSpec if {@code spec} has another name
     */
    void change(PoolSpec spec);

    /**
     * Queues one worker for replacement; a worker without a process is started at once.
     *
     * @return completes when the new process is ready; fails with {@link SupervisorException.Refused} if the pool is closed or has no
     *     such member, and with {@link SupervisorException.RestartStalled} if the worker is removed by a change of replicas
     * @throws SupervisorException.Refused if the pool is closed
     */
    CompletionStage<Void> recycle(String worker);

    /**
     * Queues every member for replacement; completes as {@link #recycle} does, when all are ready. When this returns, {@link
     * #workers()} shows which are due.
     */
    CompletionStage<Void> recycleAll();

    /**
     * Replaces every member and waits until all are ready.
     *
     * @throws SupervisorException.RestartStalled if that takes longer than {@code within}; the remaining replacements continue
     */
    void restart(Duration within);

    /** Starts no planned replacement until {@link #resume}; crashed workers are still restarted. */
    void pause();

    void resume();

    boolean paused();

    /**
     * Stops all workers in parallel, gracefully and then by force, and returns when all their processes are gone. An interrupt kills
     * them at once. Idempotent; a second call waits as well.
     */
    @Override
    void close();
}
