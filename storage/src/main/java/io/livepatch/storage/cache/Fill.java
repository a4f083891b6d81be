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

/** Sees to it that a patch is on the disk, and reads the store only if no process of the unit has. */
final class Fill {
    /** Each reads the store as fast as it can. */
    private static final int AT_ONCE = 4;

    private final PatchStore store;
    private final CacheDirectory directory;
    private final EntryIndex entryIndex;
    private final CacheLimits cacheLimits;
    private final InstantSource clock;
    private final Duration siblingPatience;
    private final Semaphore turns = new Semaphore(AT_ONCE);

    Fill(PatchStore store, CacheDirectory directory, EntryIndex entryIndex, CacheLimits cacheLimits, InstantSource clock, CacheTimeouts cacheTimeouts) {
        this.store = store;
        this.directory = directory;
        this.entryIndex = entryIndex;
        this.cacheLimits = cacheLimits;
        this.clock = clock;
        this.siblingPatience = cacheTimeouts.sibling();
    }

    /** What became of it. */
    enum Outcome {
        /** It was there. */
        FOUND,
        /** It is there now. */
        FILLED,
        /** The store has no such patch. */
        ABSENT,
        /** It can be had from the store only: the cache has no room, or a broken disk. */
        UNCACHEABLE
    }

    /**
     * Waits for siblings, for a turn, and for the store.
     *
     * @throws StoreException if the store fails
     * @throws IOException if the cache's disk fails
     */
    Outcome run(Patch patch) throws IOException, InterruptedException {
        if (entryIndex.check(patch)) {
            return Outcome.FOUND;
        }
        directory.create();
        try (ProcessLocks processLocks = ProcessLocks.open(directory.lockFile());
                @Nullable
                        FileLock claim =
                                processLocks.await(patch.sha256(), siblingPatience).orElse(null)) {
            if (claim != null) {
                directory.sweep(patch.sha256());
            }
            // A sibling may have had the claim until now, and filled it.
            return entryIndex.check(patch) ? Outcome.FOUND : inTurn(patch, processLocks);
        }
    }

    private Outcome inTurn(Patch patch, ProcessLocks processLocks) throws IOException, InterruptedException {
        turns.acquire();
        try {
            return read(patch, processLocks);
        } catch (StoreException.NotFound e) {
            return Outcome.ABSENT;
        } catch (StoreException.SourceFailed e) {
            throw new StoreException.Unavailable(
                    "patch '" + patch.name() + "' broke off on its way from the store into the cache: " + e.getCause()
                            + "; try again",
                    e);
        } catch (StoreException.DigestMismatch e) {
            throw damaged(patch, e);
        } finally {
            turns.release();
        }
    }

    private Outcome read(Patch patch, ProcessLocks processLocks) throws IOException, InterruptedException {
        Optional<PatchContent> stored = store.open(patch);
        if (stored.isEmpty()) {
            return Outcome.ABSENT;
        }
        try (PatchContent content = stored.get();
                StagedFile stagedFile = cacheLimits.take(patch, processLocks)) {
            try (InputStream bytes = content.read(0, patch.size())) {
                stagedFile.publish(bytes, directory.entry(patch.sha256()), clock.instant());
            }
        }
        entryIndex.add(patch);
        return Outcome.FILLED;
    }

    /** Asks the store whether it is to blame: a patch that was damaged on the way only should not be taken for lost. */
    private StoreException damaged(Patch patch, StoreException.DigestMismatch cause) {
        try {
            store.verify(patch.name());
        } catch (StoreException.Corrupt e) {
            e.addSuppressed(cause);
            return e;
        }
        return new StoreException.Unavailable(
                "patch '" + patch.name()
                        + "' was damaged on its way from the store into the cache, and is sound in the store;"
                        + " try again",
                cause);
    }
}
