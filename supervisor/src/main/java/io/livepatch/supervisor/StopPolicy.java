package io.livepatch.supervisor;

import java.time.Duration;

/**
 * How a worker is told to end.
 *
 * @param signal what its process group gets first, without {@code SIG}
 * @param timeout how long it may take before the whole group is killed
 */
public record StopPolicy(String signal, Duration timeout) {

    /** TERM, and ten seconds. */
    public static final StopPolicy DEFAULT = new StopPolicy("TERM", Duration.ofSeconds(10));

    public StopPolicy {
        Preconditions.signal(signal, "stop signal");
        Preconditions.positive(timeout, "stop timeout");
    }
}
