package io.livepatch.fleet.protocol;

import java.time.Duration;

/**
 * How long to wait and how often to try. Only what may work later is tried again: 429, 5xx, and a connection that was
 * refused, cut or silent.
 *
 * @param attempts at most, the first one included
 * @param backoff pause after the first failure; doubles each time, with jitter
 * @param longestPause cap of a pause; a server that asks for more with {@code Retry-After} ends the attempts
 * @param answer a call has answered by then, or failed
 * @param silence a download in which nothing arrives for so long is cut
 * @param download one attempt at a download ends after so long, so that a trickle does not hold it for ever
 * @param onlyWhenAsked tries again only where the server said when: whoever measures must not hide what broke
 */
public record CallPolicy(
        int attempts,
        Duration backoff,
        Duration longestPause,
        Duration answer,
        Duration silence,
        Duration download,
        boolean onlyWhenAsked) {

    /** What suits a person at a terminal and a machine's hourly check alike. */
    public static final CallPolicy USUAL = new CallPolicy(
            5,
            Duration.ofMillis(500),
            Duration.ofSeconds(30),
            Duration.ofSeconds(30),
            Duration.ofSeconds(30),
            Duration.ofHours(1));

    /** Tries again whatever may work later. */
    public CallPolicy(
            int attempts,
            Duration backoff,
            Duration longestPause,
            Duration answer,
            Duration silence,
            Duration download) {
        this(attempts, backoff, longestPause, answer, silence, download, false);
    }

    public CallPolicy {
        if (attempts < 1 || backoff.isNegative() || longestPause.compareTo(backoff) < 0) {
            throw new IllegalArgumentException("attempts '%d' must be 1 or more, and backoff '%s' from 0 to '%s'"
                    .formatted(attempts, backoff, longestPause));
        }
        if (!answer.isPositive() || !silence.isPositive() || download.compareTo(silence) < 0) {
            throw new IllegalArgumentException(
                    "answer '%s' and silence '%s' must be positive, download '%s' not shorter"
                            .formatted(answer, silence, download));
        }
    }
}
