package io.livepatch.fleet.load;

import io.livepatch.fleet.stats.Recorder;
import org.jspecify.annotations.Nullable;

/** Runs the iterations of one flock's machines. One object serves all monkeys of a replica, from many threads; it keeps their state by number. */
public interface WorkloadRunner extends AutoCloseable {

    /**
     * Runs one iteration, in a virtual thread that may block and is interrupted when the flock is stopped. Never twice at once for one monkey.
     *
     * @param recorder for the calls within the iteration
     * @throws IterationException when it fails
     */
    void runIteration(int monkey, Recorder recorder) throws InterruptedException;

    /**
     * Prepares a monkey's first iteration, when the monkey's batch begins; the iteration waits for it.
     *
     * @throws IterationException when it fails; the iteration then has to make up for it
     */
    default void prepare(int monkey, Recorder recorder) throws InterruptedException {}

    /** Drops the monkey's state, so that its next iteration is like its first. */
    void forget(int monkey);

    @Override
    void close();

    /** An iteration failed. */
    final class IterationException extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final String kind;

        /**
         * A failure of a kind.
         *
         * @param kind failures are counted by it, so there must be few: "timeout", "status 500", "wrong sha256"
         */
        public IterationException(String kind, String message, @Nullable Throwable cause) {
            super(message, cause);
            this.kind = kind;
        }

        public String kind() {
            return kind;
        }
    }
}
