package io.livepatch.supervisor;

/**
 * Takes what one worker writes. Must not throw, and must not block for long: a worker whose pipe is full waits. Both streams
 * have a thread of their own, which is never the one that supervises.
 */
public interface WorkerOutput extends AutoCloseable {

    /** Bytes of standard output, or of both streams when they are {@link #merged()}. */
    void out(byte[] bytes, int length);

    /** Bytes of standard error. */
    void err(byte[] bytes, int length);

    /** Whether the worker gets one pipe for both, which keeps the order between them. */
    boolean merged();

    /** One process has ended and all of its output is here; another may follow, whose first line is not a part of its last. */
    default void ended() {}

    /** What is buffered is written out. */
    @Override
    void close();

    /** An output that discards everything, for example of check commands. */
    static WorkerOutput discarded() {
        return new WorkerOutput() {
            @Override
            public void out(byte[] bytes, int length) {}

            @Override
            public void err(byte[] bytes, int length) {}

            @Override
            public boolean merged() {
                return true;
            }

            @Override
            public void close() {}
        };
    }

    /** Opens the place for the output of a worker; it outlives the processes that write to it one after the other. */
    @FunctionalInterface
    interface Factory {

        WorkerOutput open(PoolSpec spec, String workerId, int worker);
    }
}
