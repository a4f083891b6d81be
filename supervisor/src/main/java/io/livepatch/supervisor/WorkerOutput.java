package io.livepatch.supervisor;

/**
 * The output of one worker. Methods must not throw, nor block for long: a worker whose pipe is full blocks. Each stream is read by
 * a thread of its own.
 */
public interface WorkerOutput extends AutoCloseable {

    /** Bytes of standard output, or of both streams if they are {@link #merged()}. */
    void out(byte[] bytes, int length);

    /** Bytes of standard error. */
    void err(byte[] bytes, int length);

    /** Whether the worker gets one pipe for both streams, which keeps their order. */
    boolean merged();

    /** A process has ended and all of its output was delivered; an unfinished last line is complete. */
    default void ended() {}

    /** Flushes buffered output. */
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

    /** Opens the output of a worker, to which its consecutive processes write. */
    @FunctionalInterface
    interface Factory {

        WorkerOutput open(PoolSpec spec, String workerId, int worker);
    }
}
