package io.livepatch.fleet.protocol;

import java.time.Duration;
import java.util.Optional;

/** Observes every attempt of a call, including the attempts that are retried. Called on the caller's thread. */
@FunctionalInterface
public interface CallListener {
    CallListener NONE = attempt -> {};

    void onAttempt(Attempt attempt);

    /** One request and its result. */
    sealed interface Attempt {
        /** The name of the call, such as {@link LivepatchClient#CHECK_IN}. */
        String call();

        /**
         * A response, whatever its status.
         *
         * @param retryAfter the pause that the server asked for
         */
        record Answered(String call, int status, Responder responder, Optional<Duration> retryAfter)
                implements Attempt {}

        /** The call waits for a permit of {@link CallLimiter}; another attempt follows when it has one. */
        record Held(String call) implements Attempt {}

        /** No response, or an incomplete one. */
        record Failed(String call, LivepatchException cause) implements Attempt {}
    }

    /** The sender of a response. */
    sealed interface Responder {
        /** The unit that the load balancer names in a header. */
        record Unit(String name) implements Responder {}

        /** The server itself, when the response names no unit: usually the load balancer. */
        record Server() implements Responder {}

        /**
         * Another host, such as a patch store that the server redirected to.
         *
         * @param authority host and port
         */
        record Other(String authority) implements Responder {}
    }
}
