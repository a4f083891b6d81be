package io.livepatch.fleet.stats;

import java.time.Duration;
import java.util.Optional;

/**
 * Where the threads of a flock put what they saw. Thread-safe, and cheap enough for every call of a hundred thousand machines. Moments are
 * {@link System#nanoTime}.
 */
public interface Recorder {

    /** A turn was due, and is begun now. */
    void due(long due, long begun);

    /** A turn came to an end; no error is success. */
    void turn(long due, long begun, long ended, Optional<String> error);

    /** A call within a turn came to an end; no error is success. */
    void step(String step, long begun, long ended, Optional<String> error);

    /** A server told a machine to come back later. */
    void refused(String step, int status, Duration retryAfter);

    /** This unit gave an answer. */
    void answered(String unit);

    /** The server gave an answer that names no unit: the load balancer's own, if there is one. */
    void unnamed();

    /** A call had to wait until fewer were under way. */
    void held();
}
