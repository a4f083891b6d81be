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
 * Bounds what guessed tokens cost. A token that this unit has not seen to be valid is looked up in the database by at most 8 threads
 * at once, and by at most 2 for one source, so guesses take neither the threads nor the database from requests with known tokens, and
 * those of one source do not keep the new tokens of another out. A request waits up to a second for its turn; then it is refused with
 * 503, as is the ninth of one source. A token that was not found is remembered for half a minute. Thread-safe.
 */
public final class TokenLookups {
    private static final int LOOKUPS_AT_ONCE = 8;
    private static final int REMEMBERED_AT_MOST = 10_000;
    private static final Duration VALID = Duration.ofMinutes(10);
    private static final Duration ABSENT = Duration.ofSeconds(30);

    private static final int LOOKUPS_OF_SOURCE = 2;
    /** Running and waiting ones: each waiting one holds a thread. */
    private static final int REQUESTS_OF_SOURCE = 8;
    /** A lookup takes about a millisecond unless the database is slow. */
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);

    private final Metrics metrics;
    private final Semaphore lookups = new Semaphore(LOOKUPS_AT_ONCE, true);
    private final Map<Cidr, Source> sources = new ConcurrentHashMap<>();
    private final Cache<Sha256, Boolean> valid = remembering(VALID);
    private final Cache<Sha256, Boolean> absent = remembering(ABSENT);

    /** What one source has at work; it enters and leaves under the lock of its entry in {@link #sources}. */
    private static final class Source {
        private final Semaphore lookups = new Semaphore(LOOKUPS_OF_SOURCE, true);
        private final AtomicInteger requests = new AtomicInteger();

        Source enter() {
            requests.incrementAndGet();
            return this;
        }

        /** Whether this was the last request. */
        boolean leave() {
            return requests.decrementAndGet() == 0;
        }
    }

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
     * Looks up what belongs to a token. May wait for a second, and for the database. Lookups count for the source of the current request.
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
        long deadline = System.nanoTime() + LONGEST_WAIT.toNanos();
        if (source.requests.get() > REQUESTS_OF_SOURCE || !acquire(source.lookups, deadline)) {
            throw tooMany();
        }
        try {
            if (!acquire(lookups, deadline)) {
                throw tooMany();
            }
            try {
                // Another request may have looked the same token up while this one waited.
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
