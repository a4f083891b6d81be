package io.livepatch.fleet.protocol;

import dev.failsafe.ExecutionContext;
import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeException;
import dev.failsafe.FailsafeExecutor;
import dev.failsafe.RetryPolicy;
import dev.failsafe.function.CheckedSupplier;
import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** Tries again what {@link LivepatchException.Unreachable} says may work later. Sleeps in the calling thread. */
final class Retrier {
    private final CallPolicy callPolicy;
    private final RandomGenerator random;
    private final FailsafeExecutor<Object> executor;

    Retrier(CallPolicy callPolicy, RandomGenerator random) {
        this.callPolicy = callPolicy;
        this.random = random;
        this.executor = Failsafe.with(RetryPolicy.builder()
                .handle(LivepatchException.Unreachable.class)
                .abortIf((result, failure) -> tooFarAway(failure) || uninvited(failure))
                .withMaxAttempts(callPolicy.attempts())
                .withDelayFn(this::pause)
                .build());
    }

    <T> T get(CheckedSupplier<T> call) {
        try {
            return executor.get(call);
        } catch (FailsafeException e) {
            if (e.getCause() instanceof InterruptedException) {
                Thread.currentThread().interrupt();
                throw new LivepatchException.Interrupted("interrupted between two attempts", e);
            }
            throw e;
        }
    }

    private boolean tooFarAway(Throwable failure) {
        return failure instanceof LivepatchException.Unreachable unreachable
                && unreachable
                        .retryAfter()
                        .filter(pause -> pause.compareTo(callPolicy.longestPause()) > 0)
                        .isPresent();
    }

    private boolean uninvited(Throwable failure) {
        return callPolicy.onlyWhenAsked()
                && failure instanceof LivepatchException.Unreachable unreachable
                && unreachable.retryAfter().isEmpty();
    }

    private Duration pause(ExecutionContext<Object> context) {
        Optional<Duration> asked = context.getLastException() instanceof LivepatchException.Unreachable unreachable
                ? unreachable.retryAfter()
                : Optional.empty();
        return pause(asked, context.getAttemptCount());
    }

    /**
     * Jitter goes on top of what the server asked for, and into our own backoff: a fleet must not return in step. It widens from
     * refusal to refusal, for whoever asks everybody to come back in five seconds will have to ask most of them again.
     */
    Duration pause(Optional<Duration> asked, int attempts) {
        int doublings = Math.clamp(attempts - 1, 0, 20);
        Duration backoff = callPolicy.backoff().multipliedBy(1L << doublings);
        Duration capped = backoff.compareTo(callPolicy.longestPause()) > 0 ? callPolicy.longestPause() : backoff;
        if (asked.isPresent()) {
            return asked.get().plus(fraction(asked.get().dividedBy(4).plus(capped)));
        }
        return capped.dividedBy(2).plus(fraction(capped.dividedBy(2)));
    }

    private Duration fraction(Duration whole) {
        return Duration.ofNanos((long) (whole.toNanos() * random.nextDouble()));
    }
}
