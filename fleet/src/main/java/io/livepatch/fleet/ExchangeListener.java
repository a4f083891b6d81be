package io.livepatch.fleet;

import java.time.Duration;
import java.util.Optional;

/** Hears of every attempt of a call, also of those that are tried again. Called in the caller's thread. */
@FunctionalInterface
public interface ExchangeListener {
    /** Hears nothing. */
    ExchangeListener SILENT = attempt -> {};

    void heard(Attempt attempt);

    /** One request, and what becomes of it. */
    sealed interface Attempt {

        /** What it was for, as in {@link LivepatchClient#CHECK_IN}. */
        String call();

        /**
         * An answer, good or not.
         *
         * @param unit who gave it, as the load balancer says; host and port if nothing says so
         * @param retryAfter when the server asked to come back
         */
        record Answered(String call, int status, String unit, Optional<Duration> retryAfter) implements Attempt {}

        /** Had to wait until fewer were {@link InFlight}; is sent after that. */
        record Held(String call) implements Attempt {}

        /** No answer, or none that ended. */
        record Failed(String call, LivepatchException why) implements Attempt {}
    }
}
