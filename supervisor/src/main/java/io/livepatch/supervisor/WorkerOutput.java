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

    /** For processes whose output nobody wants, such as checks. */
    static WorkerOutput discarded() {
        return NullOutput.OUTPUT;
    }
}
