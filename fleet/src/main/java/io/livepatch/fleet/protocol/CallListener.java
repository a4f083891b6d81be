package io.livepatch.fleet.protocol;

import java.time.Duration;
import java.util.Optional;

/** Hears of every attempt of a call, also of those that are tried again. Called in the caller's thread. */
@FunctionalInterface
public interface CallListener {
    /** Hears nothing. */
    CallListener SILENT = attempt -> {};

    void heard(Attempt attempt);

    /** One request, and what becomes of it. */
    sealed interface Attempt {

        /** What it was for, as in {@link LivepatchClient#CHECK_IN}. */
        String call();

        /**
         * An answer, good or not.
         *
         * @param by who gave it
         * @param retryAfter when the server asked to come back
         */
        record Answered(String call, int status, Giver by, Optional<Duration> retryAfter) implements Attempt {}

        /** Had to wait until fewer were {@link CallLimiter}; is sent after that. */
        record Held(String call) implements Attempt {}

        /** No answer, or none that ended. */
        record Failed(String call, LivepatchException why) implements Attempt {}
    }

    /** Whom an answer is of. */
    sealed interface Giver {

        /** The unit that the load balancer had it from, as it says. */
        record Unit(String name) implements Giver {}

        /** The server that was asked, which names no unit: the load balancer itself, if there is one. */
        record Door() implements Giver {}

        /**
         * Somebody else, whom we were sent to, as to a store of patches.
         *
         * @param authority host and port
         */
        record Elsewhere(String authority) implements Giver {}
    }
}
