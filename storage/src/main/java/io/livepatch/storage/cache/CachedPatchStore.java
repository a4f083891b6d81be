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
 * Caches the patches of a remote store on a local disk, for all processes of a unit. Only {@link #open(Patch)} is answered from the
 * cache, because the cache's key is the digest, which the caller has from the catalog. All other calls go to the store. Thread-safe.
 *
 * <p>A failure of the cache never fails a download: without room or a working disk the patch is streamed from the store as
 * {@link VerifiedContent}. Closing the cache closes the store.
 */
public final class CachedPatchStore implements ForwardingPatchStore {
    /** Other processes may evict a patch between its fill and its opening; more attempts would thrash. */
    private static final int ATTEMPTS = 3;

    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    private final PatchStore delegate;
    private final CacheConfig config;
    private final CacheDirectory directory;
    private final EntryIndex entries;
    private final CacheLimits limits;
    private final BypassLog bypassLog;
    private final FillCoordinator fills;
    private final ExecutorService executor;
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();
    private final LongAdder bypasses = new LongAdder();
    private final AtomicBoolean closed = new AtomicBoolean();

    private CachedPatchStore(
            PatchStore delegate,
            CacheConfig config,
            InstantSource clock,
            CacheTimeouts timeouts,
            ExecutorService executor) {
        this.delegate = delegate;
        this.config = config;
        this.executor = executor;
        this.directory = new CacheDirectory(config.directory().toAbsolutePath().normalize());
        this.entries = new EntryIndex(directory, clock);
        this.limits = new CacheLimits(directory, config, clock);
        this.bypassLog = new BypassLog(directory, clock);
        CacheFiller filler = new CacheFiller(delegate, directory, entries, limits, clock, timeouts);
        this.fills = new FillCoordinator(filler, executor, bypassLog, timeouts);
    }

    /**
     * Counters and size of the cache. Counters are of this process, entries and bytes of all processes of the unit.
     *
     * @param hits requests answered from an entry
     * @param misses requests that had to read the store, or to wait for another request that did
     * @param fills patches read from the store into the cache
     * @param bypasses requests answered from the store because the cache had no room or no working disk
     * @param evictions entries removed to make room or because they had expired
     * @param entries number of entries on disk
     * @param bytes total size of the entries on disk
     * @param damaged entries removed because their bytes were not those of the patch
     */
    public record Statistics(
            long hits, long misses, long fills, long bypasses, long evictions, long entries, long bytes, long damaged) {
        /** The statistics of a cache that has not been used. */
        public static final Statistics NONE = new Statistics(0, 0, 0, 0, 0, 0, 0, 0);
    }

    /** The result of {@link #recheck}. */
    public enum Copy {
        /** The cache has no copy of the patch. */
        ABSENT,
        /** The bytes of the copy are those of the patch. */
        WHOLE,
        /** The bytes were wrong; the copy was removed, and the next request for the patch reads it from the store. */
        REMOVED
    }

    /** Opens a cache in front of a store, which it takes over, and removes the staged files of dead processes. */
    public static CachedPatchStore open(PatchStore delegate, CacheConfig config) {
        return open(delegate, config, InstantSource.system(), CacheTimeouts.DEFAULT);
    }

    static CachedPatchStore open(PatchStore delegate, CacheConfig config, InstantSource clock, CacheTimeouts timeouts) {
        ExecutorService executor = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("patch-cache-", 0).factory());
        CachedPatchStore cache = new CachedPatchStore(delegate, config, clock, timeouts, executor);
        CacheJanitor janitor =
                new CacheJanitor(cache.directory, cache.entries, cache.limits, cache.bypassLog, timeouts);
        janitor.prepareDirectory();
        executor.execute(janitor);
        return cache;
    }

    @Override
    public Optional<PatchContent> open(Patch patch) {
        requireOpen();
        if (patch.size() > config.size()) {
            return bypass(
                    patch,
                    new UncacheableException(
                            "its " + patch.size() + " bytes are more than the whole cache's " + config.size()));
        }
        Optional<FileContent> known = entries.open(patch);
        if (known.isPresent()) {
            hits.increment();
            return known.map(content -> content);
        }
        return fillAndOpen(patch);
    }

    private Optional<PatchContent> fillAndOpen(Patch patch) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            CacheFiller.Outcome outcome = awaitFill(patch);
            if (outcome == CacheFiller.Outcome.UNCACHEABLE) {
                return bypass(patch);
            }
            Optional<FileContent> content = entries.open(patch);
            if (content.isPresent() || outcome == CacheFiller.Outcome.ABSENT) {
                (outcome == CacheFiller.Outcome.FOUND ? hits : misses).increment();
                return content.map(file -> file);
            }
        }
        return bypass(
                patch,
                new UncacheableException(
                        "it was evicted " + ATTEMPTS + " times before it could be read; increase patch-cache.size"));
    }

    private CacheFiller.Outcome awaitFill(Patch patch) {
        try {
            return fills.await(patch);
        } catch (RejectedExecutionException e) {
            throw closed(e);
        } catch (StoreException e) {
            misses.increment();
            throw e;
        }
    }

    private Optional<PatchContent> bypass(Patch patch, UncacheableException cause) {
        bypassLog.logBypass(patch, cause);
        return bypass(patch);
    }

    private Optional<PatchContent> bypass(Patch patch) {
        bypasses.increment();
        return delegate.open(patch).map(VerifiedContent::of);
    }

    /**
     * Records a use of a patch whose content the caller still has open, so that a patch in use does not expire. Neither blocks nor
     * touches the disk, so it may be called for every request.
     */
    public void hit(Patch patch) {
        hits.increment();
        entries.recordUse(patch, executor);
    }

    /**
     * Opens the cached copy of a patch without asking the store: a source for repairing a damaged patch in the store. The caller
     * closes it.
     */
    public Optional<PatchContent> cached(Patch patch) {
        requireOpen();
        try {
            Optional<FileContent> known = entries.open(patch);
            return (known.isEmpty() && entries.isWhole(patch) ? entries.open(patch) : known).map(content -> content);
        } catch (IOException e) {
            throw Disk.failure("looking for patch '" + patch.name() + "' in the patch cache", directory.root(), e);
        }
    }

    /**
     * Hashes the copy of a patch again, and makes every process of the unit do so before it next sends the patch. Reads the whole
     * file, and does not ask the store.
     *
     * @throws StoreException.Unavailable if the cache's disk fails
     */
    public Copy recheck(Patch patch) {
        requireOpen();
        return recheck(directory, entries, patch);
    }

    /** As {@link #recheck(Patch)}, for a program that does not have the cache open: it creates nothing on disk. */
    public static Copy recheck(CacheConfig config, Patch patch) {
        CacheDirectory directory =
                new CacheDirectory(config.directory().toAbsolutePath().normalize());
        return recheck(directory, new EntryIndex(directory, InstantSource.system()), patch);
    }

    private static Copy recheck(CacheDirectory directory, EntryIndex entries, Patch patch) {
        try {
            entries.changeVersion(patch);
            return entries.verify(patch);
        } catch (IOException e) {
            throw Disk.failure("checking patch '" + patch.name() + "' in the patch cache", directory.root(), e);
        }
    }

    /** The current figures. Costs a {@code stat(2)} for each entry on disk: call it once per metrics scrape. */
    public Statistics statistics() {
        LruList onDisk = listEntries();
        return new Statistics(
                hits.sum(),
                misses.sum(),
                fills.filled(),
                bypasses.sum(),
                limits.evictions(),
                onDisk.entries().size(),
                onDisk.bytes(),
                entries.damaged());
    }

    private LruList listEntries() {
        try {
            return directory.entries();
        } catch (IOException e) {
            bypassLog.logFailure(e);
            return new LruList(List.of());
        }
    }

    @Override
    public PatchStore delegate() {
        return delegate;
    }

    @Override
    public boolean delete(PatchName name) {
        boolean deleted = delegate.delete(name);
        try {
            entries.remove(name);
        } catch (IOException e) {
            bypassLog.logFailure(e);
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
            boolean _ = executor.awaitTermination(CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            delegate.close();
        }
    }
}
