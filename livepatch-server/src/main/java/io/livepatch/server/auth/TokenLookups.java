package io.livepatch.server.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.livepatch.server.config.Cidr;
import io.livepatch.server.metrics.Metrics;
import io.livepatch.server.metrics.Refusal;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.Sha256;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Limits the cost of guessed tokens. A token that was not valid lately is looked up in the database by at most 8 threads at once, and by at
 * most 2 for one source, so guesses block neither requests with known tokens nor the new tokens of other sources. A request waits up to a
 * second for a lookup, then it is refused with 503, as is the ninth request of one source. Absent tokens are cached for half a minute.
 * Thread-safe.
 */
public final class TokenLookups {
    private static final int LOOKUPS_AT_ONCE = 8;
    private static final int MAX_CACHED = 10_000;
    private static final Duration VALID = Duration.ofMinutes(10);
    private static final Duration ABSENT = Duration.ofSeconds(30);

    private static final int LOOKUPS_OF_SOURCE = 2;
    /** Running and waiting; each waiting request holds a thread. */
    private static final int REQUESTS_OF_SOURCE = 8;
    /** A lookup takes about a millisecond unless the database is slow. */
    private static final Duration MAX_WAIT = Duration.ofSeconds(1);

    private final Metrics metrics;
    private final Semaphore lookups = new Semaphore(LOOKUPS_AT_ONCE, true);
    private final Map<Cidr, Source> sources = new ConcurrentHashMap<>();
    private final Cache<Sha256, Boolean> valid = cache(VALID);
    private final Cache<Sha256, Boolean> absent = cache(ABSENT);

    /** The requests of one source; modified under the lock of its entry in {@link #sources}. */
    private static final class Source {
        private final Semaphore lookups = new Semaphore(LOOKUPS_OF_SOURCE, true);
        private final AtomicInteger requests = new AtomicInteger();

        Source enter() {
            requests.incrementAndGet();
            return this;
        }

        /** Returns whether this was the last request. */
        boolean leave() {
            return requests.decrementAndGet() == 0;
        }
    }

    public TokenLookups(Metrics metrics) {
        this.metrics = metrics;
    }

    private static Cache<Sha256, Boolean> cache(Duration time) {
        return Caffeine.newBuilder()
                .maximumSize(MAX_CACHED)
                .expireAfterWrite(time)
                .build();
    }

    /**
     * Looks up the row of a token. May wait for a second, and for the database. Counts for the source of the current request.
     *
     * @param lookup reads the database; an empty result is cached
     * @throws ProblemException.Unavailable if too many unknown tokens are being looked up
     */
    public <T> Optional<T> find(Sha256 token, Supplier<Optional<T>> lookup) {
        if (absent.getIfPresent(token) != null) {
            return Optional.empty();
        }
        if (valid.getIfPresent(token) != null) {
            return lookUp(token, lookup);
        }
        Cidr block = Cidr.sourceBlock(RequestOrigin.current().source());
        Source source = sources.compute(block, (_, known) -> (known == null ? new Source() : known).enter());
        try {
            return bounded(source, token, lookup);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw tooMany();
        } finally {
            sources.computeIfPresent(block, (_, known) -> known.leave() ? null : known);
        }
    }

    private <T> Optional<T> bounded(Source source, Sha256 token, Supplier<Optional<T>> lookup)
            throws InterruptedException {
        long deadline = System.nanoTime() + MAX_WAIT.toNanos();
        if (source.requests.get() > REQUESTS_OF_SOURCE || !acquire(source.lookups, deadline)) {
            throw tooMany();
        }
        try {
            if (!acquire(lookups, deadline)) {
                throw tooMany();
            }
            try {
                // Another request may have looked up the same token meanwhile.
                return absent.getIfPresent(token) == null ? lookUp(token, lookup) : Optional.empty();
            } finally {
                lookups.release();
            }
        } finally {
            source.lookups.release();
        }
    }

    private static boolean acquire(Semaphore permits, long deadline) throws InterruptedException {
        return permits.tryAcquire(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
    }

    private ProblemException tooMany() {
        metrics.refused(Refusal.TOKEN_READS);
        return new ProblemException.Unavailable(
                "too many requests with tokens unknown to this unit; try again after the seconds in Retry-After");
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
