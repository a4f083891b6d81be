package io.livepatch.storage.cache;

import io.livepatch.storage.CacheConfig;
import io.livepatch.storage.ForwardingPatchStore;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.StoreException;
import io.livepatch.storage.VerifiedContent;
import io.livepatch.storage.disk.Disk;
import io.livepatch.storage.disk.FileContent;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Keeps copies of the patches of a store over a network on a local disk, for all processes of a unit. Only {@link #open(Patch)} is
 * answered from there: a caller that has the digest of a patch has it from the catalog. All other calls go to the store.
 *
 * <p>The cache is never a reason for a download to fail: what it has no room for, or no working disk, comes from the store as
 * {@link VerifiedContent}. Closing it closes the store.
 */
public final class CachedPatchStore implements ForwardingPatchStore {
    /** A patch may be evicted between being filled and being opened, several times. */
    private static final int ATTEMPTS = 3;

    private static final Duration FAREWELL = Duration.ofSeconds(5);

    private final PatchStore behind;
    private final CacheConfig config;
    private final CacheDirectory directory;
    private final EntryIndex entries;
    private final CacheLimits cacheLimits;
    private final BypassLog bypasses;
    private final Fills fills;
    private final ExecutorService executor;
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();
    private final LongAdder past = new LongAdder();
    private final AtomicBoolean closed = new AtomicBoolean();

    private CachedPatchStore(
            PatchStore behind, CacheConfig config, InstantSource clock, CacheTimeouts cacheTimeouts, ExecutorService executor) {
        this.behind = behind;
        this.config = config;
        this.executor = executor;
        this.directory = new CacheDirectory(config.directory().toAbsolutePath().normalize());
        this.entries = new EntryIndex(directory, clock);
        this.cacheLimits = new CacheLimits(directory, config, clock);
        this.bypasses = new BypassLog(directory, clock);
        Fill fill = new Fill(behind, directory, entries, cacheLimits, clock, cacheTimeouts);
        this.fills = new Fills(fill, executor, bypasses, cacheTimeouts);
    }

    /**
     * What the cache is worth.
     *
     * @param hits how often this process answered from an entry
     * @param misses how often it had to ask the store first, or to wait for another call that did
     * @param fills how many patches it read from the store for that
     * @param bypasses how often it answered from the store, since the cache had no room or no working disk
     * @param evictions how many entries it removed to make room, or since they had not been asked for in a while
     * @param entries how many there are, of all processes
     * @param bytes of these
     * @param damaged how many entries it removed because their bytes were not those of the patch
     */
    public record Figures(
            long hits, long misses, long fills, long bypasses, long evictions, long entries, long bytes, long damaged) {
        /** Those of a cache that was not used yet. */
        public static final Figures NONE = new Figures(0, 0, 0, 0, 0, 0, 0, 0);
    }

    /** What {@link #recheck} found of the copy of a patch. */
    public enum Copy {
        /** There is none. */
        ABSENT,
        /** Its bytes are those of the patch. */
        WHOLE,
        /** They were not: it was removed, and the next that asks for the patch has it read from the store. */
        REMOVED
    }

    /** Opens the cache of a store, which it takes over, and removes what processes that died were filling. */
    public static CachedPatchStore open(PatchStore behind, CacheConfig config) {
        return open(behind, config, InstantSource.system(), CacheTimeouts.USUAL);
    }

    static CachedPatchStore open(PatchStore behind, CacheConfig config, InstantSource clock, CacheTimeouts cacheTimeouts) {
        ExecutorService executor = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("patch-cache-", 0).factory());
        CachedPatchStore cache = new CachedPatchStore(behind, config, clock, cacheTimeouts, executor);
        CacheJanitor cacheJanitor = new CacheJanitor(cache.directory, cache.entries, cache.cacheLimits, cache.bypasses, cacheTimeouts);
        cacheJanitor.begin();
        executor.execute(cacheJanitor);
        return cache;
    }

    @Override
    public Optional<PatchContent> open(Patch patch) {
        requireOpen();
        if (patch.size() > config.size()) {
            return past(
                    patch,
                    new UncacheableException(
                            "its " + patch.size() + " bytes are more than the whole cache's " + config.size()));
        }
        Optional<FileContent> known = entries.open(patch);
        if (known.isPresent()) {
            hits.increment();
            return known.map(content -> content);
        }
        return fetched(patch);
    }

    private Optional<PatchContent> fetched(Patch patch) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Fill.Outcome outcome = await(patch);
            if (outcome == Fill.Outcome.UNCACHEABLE) {
                return past(patch);
            }
            Optional<FileContent> content = entries.open(patch);
            if (content.isPresent() || outcome == Fill.Outcome.ABSENT) {
                (outcome == Fill.Outcome.FOUND ? hits : misses).increment();
                return content.map(file -> file);
            }
        }
        return past(
                patch,
                new UncacheableException("it was evicted " + ATTEMPTS + " times before it could be read;"
                        + " a larger patch-cache.size would help"));
    }

    private Fill.Outcome await(Patch patch) {
        try {
            return fills.await(patch);
        } catch (RejectedExecutionException e) {
            throw closed(e);
        } catch (StoreException e) {
            misses.increment();
            throw e;
        }
    }

    private Optional<PatchContent> past(Patch patch, UncacheableException reason) {
        bypasses.say(patch, reason);
        return past(patch);
    }

    private Optional<PatchContent> past(Patch patch) {
        past.increment();
        return behind.open(patch).map(VerifiedContent::of);
    }

    /**
     * Notes a use of a patch that was opened before and is still at hand, so that one in demand does not look forgotten. Neither waits
     * nor touches the disk: it may be called for every request.
     */
    public void hit(Patch patch) {
        hits.increment();
        entries.use(patch, executor);
    }

    /** What the cache has, without a question to the store: a way to mend a store whose copy is damaged. The caller closes it. */
    public Optional<PatchContent> cached(Patch patch) {
        requireOpen();
        try {
            Optional<FileContent> known = entries.open(patch);
            return (known.isEmpty() && entries.check(patch) ? entries.open(patch) : known).map(content -> content);
        } catch (IOException e) {
            throw Disk.failure("looking for patch '" + patch.name() + "' in the patch cache", directory.root(), e);
        }
    }

    /**
     * Hashes the copy of a patch again, and has every process of the unit do so before it sends the patch once more. Reads the whole
     * file; asks no store.
     *
     * @throws StoreException.Unavailable if the cache's disk fails
     */
    public Copy recheck(Patch patch) {
        requireOpen();
        return recheck(directory, entries, patch);
    }

    /** As {@link #recheck(Patch)}, for a program beside the processes that have the cache open: creates nothing on disk. */
    public static Copy recheck(CacheConfig config, Patch patch) {
        CacheDirectory directory =
                new CacheDirectory(config.directory().toAbsolutePath().normalize());
        return recheck(directory, new EntryIndex(directory, InstantSource.system()), patch);
    }

    private static Copy recheck(CacheDirectory directory, EntryIndex entries, Patch patch) {
        try {
            entries.renew(patch);
            return entries.verify(patch);
        } catch (IOException e) {
            throw Disk.failure("checking patch '" + patch.name() + "' in the patch cache", directory.root(), e);
        }
    }

    /** The figures now. It looks at each entry on disk: ask as often as metrics are read, and not more. */
    public Figures figures() {
        EvictionPlan evictionPlan = stock();
        return new Figures(
                hits.sum(),
                misses.sum(),
                fills.filled(),
                past.sum(),
                cacheLimits.evictions(),
                evictionPlan.entries().size(),
                evictionPlan.bytes(),
                entries.damaged());
    }

    private EvictionPlan stock() {
        try {
            return directory.stock();
        } catch (IOException e) {
            bypasses.say(e);
            return new EvictionPlan(List.of());
        }
    }

    @Override
    public PatchStore behind() {
        return behind;
    }

    @Override
    public boolean delete(PatchName name) {
        boolean deleted = behind.delete(name);
        try {
            entries.remove(name);
        } catch (IOException e) {
            bypasses.say(e);
        }
        return deleted;
    }

    private void requireOpen() {
        if (closed.get()) {
            throw closed(null);
        }
    }

    private IllegalStateException closed(@Nullable Throwable cause) {
        return new IllegalStateException("the patch cache '" + directory.root() + "' is closed", cause);
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        executor.shutdownNow();
        try {
            boolean _ = executor.awaitTermination(FAREWELL.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            behind.close();
        }
    }
}
