package io.livepatch.storage.cache;

import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileLock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** Reads a patch from the store into the cache, unless a process of the unit has already done so. */
final class CacheFiller {
    /** Limit of concurrent reads of the store in this process, since each reads as fast as it can. */
    private static final int CONCURRENT_READS = 4;

    private final PatchStore store;
    private final CacheDirectory directory;
    private final EntryIndex entryIndex;
    private final CacheLimits cacheLimits;
    private final InstantSource clock;
    private final Duration siblingTimeout;
    private final Semaphore permits = new Semaphore(CONCURRENT_READS);

    CacheFiller(
            PatchStore store,
            CacheDirectory directory,
            EntryIndex entryIndex,
            CacheLimits cacheLimits,
            InstantSource clock,
            CacheTimeouts cacheTimeouts) {
        this.store = store;
        this.directory = directory;
        this.entryIndex = entryIndex;
        this.cacheLimits = cacheLimits;
        this.clock = clock;
        this.siblingTimeout = cacheTimeouts.sibling();
    }

    /** The result of a fill. */
    enum Outcome {
        /** The cache already had the patch. */
        FOUND,
        /** The patch was read from the store. */
        FILLED,
        /** The store has no such patch. */
        ABSENT,
        /** The cache has no room or its disk fails: only the store can serve the patch. */
        UNCACHEABLE
    }

    /**
     * Fills the cache with a patch. Blocks while another process of the unit reads the same patch, while all permits are taken, and
     * while the store sends.
     *
     * @throws StoreException if the store fails
     * @throws IOException if the cache's disk fails
     */
    Outcome fill(Patch patch) throws IOException, InterruptedException {
        if (entryIndex.isWhole(patch)) {
            return Outcome.FOUND;
        }
        directory.create();
        try (ProcessLocks processLocks = ProcessLocks.open(directory.lockFile());
                @Nullable
                        FileLock lock = processLocks
                                .lock(patch.sha256(), siblingTimeout)
                                .orElse(null)) {
            if (lock != null) {
                directory.removeStaged(patch.sha256());
            }
            // Checked again: a sibling may have filled the entry while this process waited for the lock.
            return entryIndex.isWhole(patch) ? Outcome.FOUND : fillWithPermit(patch, processLocks);
        }
    }

    private Outcome fillWithPermit(Patch patch, ProcessLocks processLocks) throws IOException, InterruptedException {
        permits.acquire();
        try {
            return copyFromStore(patch, processLocks);
        } catch (StoreException.NotFound e) {
            return Outcome.ABSENT;
        } catch (StoreException.SourceFailed e) {
            throw new StoreException.Unavailable(
                    "reading patch '" + patch.name() + "' from the store into the cache failed: " + e.getCause()
                            + "; try again",
                    e);
        } catch (StoreException.DigestMismatch e) {
            throw digestMismatch(patch, e);
        } finally {
            permits.release();
        }
    }

    private Outcome copyFromStore(Patch patch, ProcessLocks processLocks) throws IOException, InterruptedException {
        Optional<PatchContent> stored = store.open(patch);
        if (stored.isEmpty()) {
            return Outcome.ABSENT;
        }
        try (PatchContent content = stored.get();
                StagedFile stagedFile = cacheLimits.reserve(patch, processLocks)) {
            try (InputStream bytes = content.read(0, patch.size())) {
                stagedFile.publish(bytes, directory.entry(patch.sha256()), clock.instant());
            }
        }
        entryIndex.add(patch);
        return Outcome.FILLED;
    }

    /** Verifies the patch in the store, so that damage in transit is not reported as damage of the stored patch. */
    private StoreException digestMismatch(Patch patch, StoreException.DigestMismatch cause) {
        try {
            store.verify(patch.name());
        } catch (StoreException.Corrupt e) {
            e.addSuppressed(cause);
            return e;
        }
        return new StoreException.Unavailable(
                "patch '" + patch.name()
                        + "' was damaged in transit from the store to the cache; its bytes in the store are right, try again",
                cause);
    }
}
