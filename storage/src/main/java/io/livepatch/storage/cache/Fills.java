package io.livepatch.storage.cache;

import io.livepatch.storage.Patch;
import io.livepatch.storage.StoreException;
import io.livepatch.storage.cache.Fill.Outcome;
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
 * The fills that run: one per patch, and whoever asks meanwhile waits for it. Each has a thread of its own, so that none is tied
 * to the fate of the one who asked first.
 */
final class Fills {
    private final Fill fill;
    private final Executor executor;
    private final BypassLog bypassLog;
    private final Duration patience;
    private final ConcurrentMap<Patch, CompletableFuture<Outcome>> running = new ConcurrentHashMap<>();
    private final LongAdder filled = new LongAdder();

    Fills(Fill fill, Executor executor, BypassLog bypassLog, CacheTimeouts cacheTimeouts) {
        this.fill = fill;
        this.executor = executor;
        this.bypassLog = bypassLog;
        this.patience = cacheTimeouts.asker();
    }

    /**
     * Has the patch on the disk, if that can be.
     *
     * @throws StoreException if the store fails, or takes too long
     */
    Outcome await(Patch patch) {
        CompletableFuture<Outcome> outcome =
                running.computeIfAbsent(patch, _ -> CompletableFuture.supplyAsync(() -> run(patch), executor));
        try {
            return outcome.get(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof StoreException failure) {
                throw failure;
            }
            throw new IllegalStateException("filling the patch cache with patch '" + patch.name() + "' failed", e);
        } catch (TimeoutException e) {
            throw new StoreException.Unavailable(
                    "patch '" + patch.name() + "' has not come from the store into the cache for "
                            + patience.toSeconds() + " s; try again, and look at the store if it stays so",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException.Unavailable(
                    "interrupted while patch '" + patch.name() + "' came from the store into the cache; try again", e);
        }
    }

    /** How many patches this process has read from the store. */
    long filled() {
        return filled.sum();
    }

    private Outcome run(Patch patch) {
        try {
            Outcome outcome = fill.run(patch);
            if (outcome == Outcome.FILLED) {
                filled.increment();
            }
            return outcome;
        } catch (IOException e) {
            bypassLog.say(patch, e);
            return Outcome.UNCACHEABLE;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException.Unavailable(
                    "the patch cache was closed before patch '" + patch.name() + "' had come from the store", e);
        } finally {
            // Before anybody hears of it: whoever asks from here on begins anew.
            running.remove(patch);
        }
    }
}
