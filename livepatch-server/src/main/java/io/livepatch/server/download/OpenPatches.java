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
 * Opens patches, and keeps those mapped that were asked for lately: opening costs more than the rest of a request.
 *
 * <p>What is mapped is the page cache's memory, not ours, and is bounded in bytes and number. A mapping was hashed when it was made, is
 * used for at most {@link #LONGEST_USE} and only while {@link MappedPatch#current} holds: so one whose file was replaced, deleted or
 * written to by any process is dropped at its next use, and bytes that a disk changed by itself are noticed after some minutes at most.
 * Thread-safe.
 */
final class OpenPatches implements AutoCloseable {
    private static final int MAPPED_BYTES = 256 << 20;
    /** Longer ones are streamed: a few of them would push all others out. */
    private static final int LONGEST_MAPPED = 32 << 20;
    /** Counting small patches as if they were larger bounds their number to 1024. */
    private static final int LEAST_WEIGHT = MAPPED_BYTES / 1024;

    /** Then a patch is hashed again. Measured: 5 MiB take 7 ms of a processor, so 256 MiB in use cost 0.12 % of one. */
    private static final Duration LONGEST_USE = Duration.ofMinutes(5);

    /** One thread, so that many patches which are unmapped at once take one core at most; it ends when it has nothing to do. */
    private static final Executor UNMAPPING = unmapping();

    private final PatchSource source;
    private final Consumer<PatchName> suspect;
    private final Executor unmapping;
    private final FileChecks checks = new FileChecks(LONGEST_USE);
    private final Cache<Patch, MappedPatch> mapped = Caffeine.newBuilder()
            .maximumWeight(MAPPED_BYTES)
            .weigher((Patch patch, MappedPatch _) -> (int) Math.max(LEAST_WEIGHT, patch.size()))
            .expireAfterWrite(LONGEST_USE)
            .scheduler(Scheduler.systemScheduler())
            .executor(Runnable::run)
            .removalListener(OpenPatches::removed)
            .build();

    /** Nothing is mapped yet. Patches are unmapped on one thread that all instances share. */
    OpenPatches(PatchSource source, Consumer<PatchName> suspect) {
        this(source, suspect, UNMAPPING);
    }

    /**
     * Nothing is mapped yet.
     *
     * @param suspect is told of a patch whose file is damaged or cannot be read
     * @param unmapping runs what waits for all threads of the process; patches are released on threads that must not wait
     */
    OpenPatches(PatchSource source, Consumer<PatchName> suspect, Executor unmapping) {
        this.source = source;
        this.suspect = suspect;
        this.unmapping = unmapping;
    }

    private static Executor unmapping() {
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

    /** The patch if it is mapped, and its file is still the one that was hashed. The caller releases it. */
    Optional<OpenPatch> ready(Patch patch) {
        MappedPatch there = mapped.getIfPresent(patch);
        if (there == null) {
            return Optional.empty();
        }
        if (!there.current()) {
            mapped.asMap().remove(patch, there);
            return Optional.empty();
        }
        if (!there.retain()) {
            return Optional.empty();
        }
        source.recordUse(patch);
        return Optional.of(there);
    }

    /** Unmaps the patches that do not satisfy this; downloads under way keep theirs until they end. Waits for nothing. */
    void keep(Predicate<Patch> wanted) {
        mapped.asMap().keySet().removeIf(wanted.negate());
    }

    /**
     * The patch, opened, which blocks: its file is hashed, unless that was done lately. A damaged copy in a cache is removed, and
     * the patch is read from its store again; past the cache if that was done in the last seconds. The caller releases it.
     *
     * @param patch as the catalog has it
     * @param disk reads it while it is sent, if it lies in a file that is not mapped
     * @param waiting reads it while it is sent, if it comes over a network
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

    /** Empty if the file is still damaged, or was replaced so lately that its disk, or another download, damages it again. */
    private Optional<OpenPatch> replaced(Patch patch, Executor disk, Executor waiting) {
        if (!checks.mayReplace(patch)) {
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
        return new StreamedPatch(VerifiedContent.of(content), false, waiting, suspect);
    }

    private OpenPatch opened(Patch patch, Executor disk, Executor waiting) {
        return switch (content(patch)) {
            case PatchContent.LocalFile file when patch.size() <= LONGEST_MAPPED -> mapped(patch, file, disk);
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

    /** Empty, and closed, if the file was replaced between being opened here and being looked at: the other one is to be opened. */
    private Optional<OpenPatch> streamed(PatchContent.LocalFile file, Executor disk) {
        try {
            if (checks.require(file)) {
                return Optional.of(new StreamedPatch(file, true, disk, suspect));
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

    /** Deleted, or evicted from the cache, since it was opened: no reason not to send it. It is hashed while it is sent, in whole. */
    private OpenPatch unlinked(PatchContent.LocalFile file, Executor disk) {
        return new StreamedPatch(VerifiedContent.unhashed(file), false, disk, suspect);
    }

    /** The file is open, and there is none under its name any more. */
    private static final class UnlinkedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        UnlinkedException(NoSuchFileException cause) {
            super(cause);
        }
    }

    private PatchContent content(Patch patch) {
        return source.open(patch)
                .orElseThrow(() -> new ProblemException.NotFound("the bytes of patch '" + patch.name()
                        + "' are not in this unit's store: it is just being deleted, or the store lost it"));
    }

    private MappedPatch map(PatchContent.LocalFile file) {
        Patch patch = file.patch();
        try {
            // Before the file is opened: if another takes its place after this, the mapping is not current at its next
            // use.
            FileVersion version = FileVersion.of(file.path());
            checks.requireNotDamaged(patch, version);
            try {
                return MappedPatch.of(file.path(), version, patch, suspect, unmapping);
            } catch (StoreException.Corrupt e) {
                checks.damaged(patch, version, e);
                throw e;
            }
        } catch (NoSuchFileException e) {
            throw new UnlinkedException(e);
        } catch (IOException e) {
            throw unreadable(patch, e);
        }
    }

    /** A sector that the disk cannot read, for example. */
    private ProblemException unreadable(Patch patch, IOException cause) {
        suspect.accept(patch.name());
        return new ProblemException.Unavailable(
                "patch '" + patch.name() + "' cannot be read from disk; try again", cause);
    }

    @Override
    public void close() {
        mapped.invalidateAll();
    }

    /** The bytes of a patch, held for a download. */
    sealed interface OpenPatch permits MappedPatch, StreamedPatch {

        /** Writes this range without blocking the caller, then completes the callback. */
        void send(Content.Sink sink, ByteRange range, boolean last, Callback callback);

        /** Whether parts of it can be sent by themselves, and not only all of it. */
        boolean inParts();

        /** This download is over. Never blocks. */
        void release();
    }
}
