package io.livepatch.server.download;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import com.github.benmanes.caffeine.cache.Scheduler;
import io.livepatch.server.download.RangeSelection.ByteRange;
import io.livepatch.server.placement.PatchSource;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.StoreException;
import io.livepatch.storage.VerifiedContent;
import io.livepatch.storage.disk.FileVersion;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * Opens patches and caches the mappings of those that were requested lately: opening costs more than the rest of a request.
 *
 * <p>Mapped memory belongs to the page cache; it is limited in bytes and number. A mapping was hashed when it was created, is used for at
 * most {@link #MAX_AGE} and only while {@link MappedPatch#isCurrent} holds. So a mapping whose file was replaced, deleted or written to by
 * any process is dropped at its next use, and silent corruption by the disk is detected within minutes. Thread-safe.
 */
final class OpenPatches implements AutoCloseable {
    private static final int MAPPED_BYTES = 256 << 20;
    /** Larger ones are streamed: a few of them would evict all others. */
    private static final int MAX_MAPPED = 32 << 20;
    /** Small patches count as larger ones, which limits their number to 1024. */
    private static final int MIN_WEIGHT = MAPPED_BYTES / 1024;

    /** Then a patch is hashed again. Measured: 5 MiB take 7 ms of CPU, so 256 MiB in use cost 0.12 % of a core. */
    private static final Duration MAX_AGE = Duration.ofMinutes(5);

    /** A single thread, so that unmapping many patches uses one core at most; it ends when it is idle. */
    private static final Executor UNMAPPER = unmapper();

    private final PatchSource source;
    private final Consumer<PatchName> damageListener;
    private final Executor unmapper;
    private final DigestCache digests = new DigestCache(MAX_AGE);
    private final Cache<Patch, MappedPatch> mapped = Caffeine.newBuilder()
            .maximumWeight(MAPPED_BYTES)
            .weigher((Patch patch, MappedPatch _) -> (int) Math.max(MIN_WEIGHT, patch.size()))
            .expireAfterWrite(MAX_AGE)
            .scheduler(Scheduler.systemScheduler())
            .executor(Runnable::run)
            .removalListener(OpenPatches::removed)
            .build();

    OpenPatches(PatchSource source, Consumer<PatchName> damageListener) {
        this(source, damageListener, UNMAPPER);
    }

    /**
     * Maps nothing.
     *
     * @param damageListener is passed patches whose file is damaged or unreadable
     * @param unmapper runs the unmapping, which waits for all threads of the process; releases happen on threads that must not wait
     */
    OpenPatches(PatchSource source, Consumer<PatchName> damageListener, Executor unmapper) {
        this.source = source;
        this.damageListener = damageListener;
        this.unmapper = unmapper;
    }

    private static Executor unmapper() {
        ThreadPoolExecutor one = new ThreadPoolExecutor(
                1,
                1,
                10,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                Thread.ofPlatform().daemon().name("unmapping").factory());
        one.allowCoreThreadTimeOut(true);
        return one;
    }

    private static void removed(@Nullable Patch patch, @Nullable MappedPatch removed, RemovalCause cause) {
        if (removed != null) {
            removed.release();
        }
    }

    /** The mapping of the patch, if it is cached and current. The caller releases it. Does not block. */
    Optional<OpenPatch> findMapped(Patch patch) {
        MappedPatch cached = mapped.getIfPresent(patch);
        if (cached == null) {
            return Optional.empty();
        }
        if (!cached.isCurrent()) {
            mapped.asMap().remove(patch, cached);
            return Optional.empty();
        }
        if (!cached.retain()) {
            return Optional.empty();
        }
        source.recordUse(patch);
        return Optional.of(cached);
    }

    /** Drops the mappings of other patches; running downloads keep theirs until they end. Does not block. */
    void retainIf(Predicate<Patch> condition) {
        mapped.asMap().keySet().removeIf(condition.negate());
    }

    /**
     * Opens the patch; blocks. Its file is hashed, unless that was done lately. A damaged copy in a cache is deleted and read from the
     * store again; if that was done in the last seconds, the patch is read past the cache. The caller releases it.
     *
     * @param disk the executor of reads from a local file
     * @param waiting the executor of reads over a network
     * @throws StoreException.Corrupt if the bytes in the store are not those of the patch
     */
    OpenPatch open(Patch patch, Executor disk, Executor waiting) {
        try {
            return opened(patch, disk, waiting);
        } catch (StoreException.Corrupt damaged) {
            return replaced(patch, disk, waiting)
                    .or(() -> source.openBypassingCache(patch).map(content -> streamed(content, waiting)))
                    .orElseThrow(() -> damaged);
        }
    }

    /** Empty if the file is damaged again, or was replaced so lately that replacing it again would not help. */
    private Optional<OpenPatch> replaced(Patch patch, Executor disk, Executor waiting) {
        if (!digests.mayReplace(patch)) {
            return Optional.empty();
        }
        source.recheck(patch);
        try {
            return Optional.of(opened(patch, disk, waiting));
        } catch (StoreException.Corrupt again) {
            return Optional.empty();
        }
    }

    private OpenPatch streamed(PatchContent content, Executor waiting) {
        return new StreamedPatch(VerifiedContent.of(content), false, waiting, damageListener);
    }

    private OpenPatch opened(Patch patch, Executor disk, Executor waiting) {
        return switch (content(patch)) {
            case PatchContent.LocalFile file when patch.size() <= MAX_MAPPED -> mapped(patch, file, disk);
            case PatchContent.LocalFile file -> streamed(file, disk).orElseGet(() -> opened(patch, disk, waiting));
            case PatchContent.Ranged ranged -> streamed(ranged, waiting);
        };
    }

    private OpenPatch mapped(Patch patch, PatchContent.LocalFile file, Executor disk) {
        OpenPatch open;
        try {
            MappedPatch shared = mapped.get(patch, _ -> map(file));
            open = shared.retain() ? shared : map(file);
        } catch (UnlinkedException e) {
            return unlinked(file, disk);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
        file.close();
        return open;
    }

    /** Empty if the path has another file than the open one: the caller opens that. */
    private Optional<OpenPatch> streamed(PatchContent.LocalFile file, Executor disk) {
        try {
            if (digests.verify(file)) {
                return Optional.of(new StreamedPatch(file, true, disk, damageListener));
            }
            file.close();
            return Optional.empty();
        } catch (NoSuchFileException e) {
            return Optional.of(unlinked(file, disk));
        } catch (IOException e) {
            file.close();
            throw unreadable(file.patch(), e);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /** A file that was deleted or evicted after it was opened can still be sent; it is hashed while it is sent, as a whole. */
    private OpenPatch unlinked(PatchContent.LocalFile file, Executor disk) {
        return new StreamedPatch(VerifiedContent.unhashed(file), false, disk, damageListener);
    }

    private static final class UnlinkedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        UnlinkedException(NoSuchFileException cause) {
            super(cause);
        }
    }

    private PatchContent content(Patch patch) {
        return source.open(patch)
                .orElseThrow(() -> new ProblemException.NotFound("the bytes of patch '" + patch.name()
                        + "' are not in this unit's store: it is being deleted, or the store lost it"));
    }

    private MappedPatch map(PatchContent.LocalFile file) {
        Patch patch = file.patch();
        try {
            // Read before the file is opened: if the file is replaced later, the mapping is not current at its next
            // use.
            FileVersion version = FileVersion.of(file.path());
            digests.requireNotDamaged(patch, version);
            try {
                return MappedPatch.open(file.path(), version, patch, damageListener, unmapper);
            } catch (StoreException.Corrupt e) {
                digests.putDamaged(patch, version, e);
                throw e;
            }
        } catch (NoSuchFileException e) {
            throw new UnlinkedException(e);
        } catch (IOException e) {
            throw unreadable(patch, e);
        }
    }

    private ProblemException unreadable(Patch patch, IOException cause) {
        damageListener.accept(patch.name());
        return new ProblemException.Unavailable(
                "patch '" + patch.name() + "' cannot be read from disk; try again", cause);
    }

    @Override
    public void close() {
        mapped.invalidateAll();
    }

    /** An open patch of one download. */
    sealed interface OpenPatch permits MappedPatch, StreamedPatch {

        /** Writes this range without blocking the caller, then completes the callback. */
        void send(Content.Sink sink, ByteRange range, boolean last, Callback callback);

        /** Whether ranges can be sent: the digest of a part cannot be verified while it is sent. */
        boolean supportsRanges();

        /** Ends the use by this download. Never blocks. */
        void release();
    }
}
