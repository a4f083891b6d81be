package io.livepatch.storage.cache;

import io.livepatch.storage.Patch;
import io.livepatch.storage.StoreException;
import io.livepatch.storage.cache.CacheFiller.Outcome;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;

/**
 * Coalesces concurrent fills of one patch into one. Each fill has a thread of its own, so that an interrupt or a timeout of one waiting
 * caller does not end it for the others. Thread-safe.
 */
final class FillCoordinator {
    private final CacheFiller filler;
    private final Executor executor;
    private final BypassLog bypassLog;
    private final Duration timeout;
    private final ConcurrentMap<Patch, CompletableFuture<Outcome>> running = new ConcurrentHashMap<>();
    private final LongAdder filled = new LongAdder();

    FillCoordinator(CacheFiller filler, Executor executor, BypassLog bypassLog, CacheTimeouts cacheTimeouts) {
        this.filler = filler;
        this.executor = executor;
        this.bypassLog = bypassLog;
        this.timeout = cacheTimeouts.fill();
    }

    /**
     * Starts a fill of the patch, or joins the running one, and waits for it.
     *
     * @throws StoreException if the store fails, or takes too long
     */
    Outcome await(Patch patch) {
        CompletableFuture<Outcome> outcome =
                running.computeIfAbsent(patch, _ -> CompletableFuture.supplyAsync(() -> run(patch), executor));
        try {
            return outcome.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof StoreException failure) {
                throw failure;
            }
            throw new IllegalStateException("filling the patch cache with patch '" + patch.name() + "' failed", e);
        } catch (TimeoutException e) {
            throw new StoreException.Unavailable(
                    "reading patch '" + patch.name() + "' from the store into the cache takes longer than "
                            + timeout.toSeconds() + " s; try again, and check the store if it stays so",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException.Unavailable(
                    "interrupted while patch '" + patch.name() + "' was read from the store into the cache; try again",
                    e);
        }
    }

    /** How many patches this process has read from the store. */
    long filled() {
        return filled.sum();
    }

    private Outcome run(Patch patch) {
        try {
            Outcome outcome = filler.fill(patch);
            if (outcome == Outcome.FILLED) {
                filled.increment();
            }
            return outcome;
        } catch (IOException e) {
            bypassLog.logBypass(patch, e);
            return Outcome.UNCACHEABLE;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException.Unavailable(
                    "the patch cache was closed before patch '" + patch.name() + "' had been read from the store", e);
        } finally {
            // Before the future completes: a caller that has seen a failure and asks again starts a new fill.
            running.remove(patch);
        }
    }
}
