package io.livepatch.server.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.livepatch.server.metrics.Metrics;
import io.livepatch.server.metrics.Refusal;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.Sha256;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/**
 * Bounds what guessed tokens cost. A token that this unit has not seen to be valid is looked up in the database by few threads at
 * once; further ones are refused with 503, so guesses take neither the threads nor the database from requests with known tokens. A
 * token that was not found is remembered for half a minute. Thread-safe.
 */
public final class TokenLookups {
    private static final int LOOKUPS_AT_ONCE = 8;
    private static final int REMEMBERED_AT_MOST = 10_000;
    private static final Duration VALID = Duration.ofMinutes(10);
    private static final Duration ABSENT = Duration.ofSeconds(30);

    private final Metrics metrics;
    private final Semaphore lookups = new Semaphore(LOOKUPS_AT_ONCE);
    private final Cache<Sha256, Boolean> valid = remembering(VALID);
    private final Cache<Sha256, Boolean> absent = remembering(ABSENT);

    public TokenLookups(Metrics metrics) {
        this.metrics = metrics;
    }

    private static Cache<Sha256, Boolean> remembering(Duration time) {
        return Caffeine.newBuilder()
                .maximumSize(REMEMBERED_AT_MOST)
                .expireAfterWrite(time)
                .build();
    }

    /**
     * Looks up what belongs to a token.
     *
     * @param lookup asks the database; empty if there is no such token, and it will not be asked again for a while
     * @throws ProblemException.Unavailable if too many unknown tokens are being looked up
     */
    public <T> Optional<T> find(Sha256 token, Supplier<Optional<T>> lookup) {
        if (absent.getIfPresent(token) != null) {
            return Optional.empty();
        }
        if (valid.getIfPresent(token) != null) {
            return lookUp(token, lookup);
        }
        if (!lookups.tryAcquire()) {
            metrics.refused(Refusal.TOKEN_READS);
            throw new ProblemException.Unavailable("too many requests with tokens unknown to this unit; try again");
        }
        try {
            return lookUp(token, lookup);
        } finally {
            lookups.release();
        }
    }

    private <T> Optional<T> lookUp(Sha256 token, Supplier<Optional<T>> lookup) {
        Optional<T> found = lookup.get();
        if (found.isPresent()) {
            valid.put(token, true);
        } else {
            valid.invalidate(token);
            absent.put(token, true);
        }
        return found;
    }
}
