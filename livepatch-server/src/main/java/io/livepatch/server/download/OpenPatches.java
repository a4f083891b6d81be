package io.livepatch.server.download;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import com.github.benmanes.caffeine.cache.Scheduler;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.server.store.PatchSource;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.VerifiedContent;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Opens patches, and keeps those mapped that were asked for lately: opening costs more than the rest of a request.
 *
 * <p>What is mapped is the page cache's memory, not ours, and is bounded in bytes and number. An entry is for one digest, and the
 * caller asks the catalog first, so an old one is never served; it gives back the disk space of a deleted patch when it has not
 * been asked for in a while. Thread-safe.
 */
final class OpenPatches implements AutoCloseable {
    private static final int MAPPED_BYTES = 256 << 20;
    /** Longer ones are streamed: a few of them would push all others out. */
    private static final int LONGEST_MAPPED = 32 << 20;
    /** Counting small patches as if they were larger bounds their number to 1024. */
    private static final int LEAST_WEIGHT = MAPPED_BYTES / 1024;

    private static final Duration UNUSED = Duration.ofMinutes(5);

    private final PatchSource source;
    private final Consumer<PatchName> suspect;
    private final Cache<Patch, MappedPatch> mapped = Caffeine.newBuilder()
            .maximumWeight(MAPPED_BYTES)
            .weigher((Patch patch, MappedPatch _) -> (int) Math.max(LEAST_WEIGHT, patch.size()))
            .expireAfterAccess(UNUSED)
            .scheduler(Scheduler.systemScheduler())
            .executor(Runnable::run)
            .removalListener(OpenPatches::removed)
            .build();

    OpenPatches(PatchSource source, Consumer<PatchName> suspect) {
        this.source = source;
        this.suspect = suspect;
    }

    private static void removed(@Nullable Patch patch, @Nullable MappedPatch removed, RemovalCause cause) {
        if (removed != null) {
            removed.release();
        }
    }

    /** The patch if it is mapped. The caller releases it. */
    Optional<OpenPatch> ready(Patch patch) {
        MappedPatch there = mapped.getIfPresent(patch);
        if (there == null || !there.retain()) {
            return Optional.empty();
        }
        source.used(patch);
        return Optional.of(there);
    }

    /**
     * The patch, opened, which blocks. The caller releases it.
     *
     * @param patch as the catalog has it
     * @param disk reads it while it is sent, if it lies in a file that is not mapped
     * @param waiting reads it while it is sent, if it comes over a network
     */
    OpenPatch open(Patch patch, Executor disk, Executor waiting) {
        return switch (content(patch)) {
            case PatchContent.LocalFile file when patch.size() <= LONGEST_MAPPED -> mapped(patch, file, disk);
            case PatchContent.LocalFile file -> new StreamedPatch(file, true, disk, suspect);
            case PatchContent.Ranged ranged -> new StreamedPatch(VerifiedContent.of(ranged), false, waiting, suspect);
        };
    }

    private OpenPatch mapped(Patch patch, PatchContent.LocalFile file, Executor disk) {
        OpenPatch open;
        try {
            MappedPatch shared = mapped.get(patch, _ -> map(file));
            open = shared.retain() ? shared : map(file);
        } catch (UnlinkedException e) {
            // Deleted, or evicted from the cache, since it was opened: no reason not to send it.
            return new StreamedPatch(file, true, disk, suspect);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
        file.close();
        return open;
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

    private static MappedPatch map(PatchContent.LocalFile file) {
        Patch patch = file.patch();
        try {
            return MappedPatch.of(file.path(), patch);
        } catch (NoSuchFileException e) {
            throw new UnlinkedException(e);
        } catch (IOException e) {
            throw new ProblemException.Unavailable(
                    "patch '" + patch.name() + "' cannot be read from disk; try again", e);
        }
    }

    @Override
    public void close() {
        mapped.invalidateAll();
    }
}
