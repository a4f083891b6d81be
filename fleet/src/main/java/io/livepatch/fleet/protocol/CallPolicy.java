package io.livepatch.fleet.protocol;

import java.time.Duration;

/**
 * Timeouts and retries of calls. Only transient failures are retried: 429, 5xx, and a connection that was refused, cut or idle for too
 * long.
 *
 * @param attempts at most, including the first
 * @param backoff pause after the first failure; doubles each time, with jitter
 * @param maxBackoff upper bound of a pause; a longer {@code Retry-After} ends the attempts
 * @param answer timeout of a call's whole response
 * @param silence a download that receives nothing for so long is aborted
 * @param download timeout of one attempt at a download, so that a trickle does not hold it forever
 * @param onlyWhenAsked retries only after a {@code Retry-After}, so that a load test does not hide failures
 */
public record CallPolicy(
        int attempts,
        Duration backoff,
        Duration maxBackoff,
        Duration answer,
        Duration silence,
        Duration download,
        boolean onlyWhenAsked) {
    /** The policy of {@code livepatch-client}. */
    public static final CallPolicy DEFAULT = new CallPolicy(
            5,
            Duration.ofMillis(500),
            Duration.ofSeconds(30),
            Duration.ofSeconds(30),
            Duration.ofSeconds(30),
            Duration.ofHours(1));

    public CallPolicy(
            int attempts, Duration backoff, Duration maxBackoff, Duration answer, Duration silence, Duration download) {
        this(attempts, backoff, maxBackoff, answer, silence, download, false);
    }

    public CallPolicy {
        if (attempts < 1 || backoff.isNegative() || maxBackoff.compareTo(backoff) < 0) {
            throw new IllegalArgumentException("attempts '%d' must be 1 or more, and backoff '%s' from 0 to '%s'"
                    .formatted(attempts, backoff, maxBackoff));
        }
        if (!answer.isPositive() || !silence.isPositive() || download.compareTo(silence) < 0) {
            throw new IllegalArgumentException(
                    "answer '%s' and silence '%s' must be positive, download '%s' not shorter"
                            .formatted(answer, silence, download));
        }
    }
}
