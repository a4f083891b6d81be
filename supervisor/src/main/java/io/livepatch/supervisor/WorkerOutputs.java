package io.livepatch.supervisor;

/** Opens the place for the output of a worker; it outlives the processes that write to it one after the other. */
@FunctionalInterface
public interface WorkerOutputs {

    WorkerOutput open(PoolSpec spec, String workerId, int worker);
}
