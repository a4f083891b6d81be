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

/** Retries calls that fail with {@link LivepatchException.Unreachable}. Sleeps in the calling thread. */
final class Retrier {
    private final CallPolicy callPolicy;
    private final RandomGenerator random;
    private final FailsafeExecutor<Object> executor;

    Retrier(CallPolicy callPolicy, RandomGenerator random) {
        this.callPolicy = callPolicy;
        this.random = random;
        this.executor = Failsafe.with(RetryPolicy.builder()
                .handle(LivepatchException.Unreachable.class)
                .abortIf((result, failure) -> retryAfterTooLong(failure) || retryNotRequested(failure))
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

    private boolean retryAfterTooLong(Throwable failure) {
        return failure instanceof LivepatchException.Unreachable unreachable
                && unreachable
                        .retryAfter()
                        .filter(pause -> pause.compareTo(callPolicy.maxBackoff()) > 0)
                        .isPresent();
    }

    private boolean retryNotRequested(Throwable failure) {
        return callPolicy.onlyWhenAsked()
                && failure instanceof LivepatchException.Unreachable unreachable
                && unreachable.retryAfter().isEmpty();
    }

    private Duration pause(ExecutionContext<Object> context) {
        Optional<Duration> retryAfter = context.getLastException() instanceof LivepatchException.Unreachable unreachable
                ? unreachable.retryAfter()
                : Optional.empty();
        return pause(retryAfter, context.getAttemptCount());
    }

    /**
     * The pause before the next attempt. Jitter is added to a {@code Retry-After} and is half of our own backoff, so that machines do not
     * retry in step. It grows with each attempt: a server that sends the same {@code Retry-After} to all would refuse most of them again.
     */
    Duration pause(Optional<Duration> retryAfter, int attempts) {
        int doublings = Math.clamp(attempts - 1, 0, 20);
        Duration backoff = callPolicy.backoff().multipliedBy(1L << doublings);
        Duration capped = backoff.compareTo(callPolicy.maxBackoff()) > 0 ? callPolicy.maxBackoff() : backoff;
        if (retryAfter.isPresent()) {
            return retryAfter.get().plus(fraction(retryAfter.get().dividedBy(4).plus(capped)));
        }
        return capped.dividedBy(2).plus(fraction(capped.dividedBy(2)));
    }

    private Duration fraction(Duration whole) {
        return Duration.ofNanos((long) (whole.toNanos() * random.nextDouble()));
    }
}
