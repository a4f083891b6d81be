package io.livepatch.fleet.stats;

import java.time.Duration;
import java.util.Optional;

/** Records the calls of a flock's iterations. Thread-safe, and cheap enough for every call of a hundred thousand machines. */
public interface Recorder {

    /**
     * A call within an iteration ended.
     *
     * @param begun by {@link System#nanoTime}, as {@code ended}
     * @param error its kind; empty if the call succeeded
     */
    void step(String step, long begun, long ended, Optional<String> error);

    /** A server postponed a request. */
    void refused(String step, int status, Duration retryAfter);

    /** A response came from this unit. */
    void answered(String unit);

    /** A response came without a unit's name: the load balancer's own. */
    void unnamed();

    /** A call waited for the limit of concurrent calls. */
    void held();
}
