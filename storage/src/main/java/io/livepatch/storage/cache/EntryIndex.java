package io.livepatch.storage.cache;

import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.Sha256;
import io.livepatch.storage.disk.FileContent;
import io.livepatch.storage.disk.FileVersion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The entries that this process has hashed and may serve, with the times of their last use. Thread-safe. */
final class EntryIndex {
    private static final Logger LOG = LoggerFactory.getLogger(EntryIndex.class);
    /** Resolution of the times of use on disk. */
    private static final long TOUCH_MILLIS = Duration.ofMinutes(1).toMillis();

    private final CacheDirectory directory;
    private final InstantSource clock;
    private final ConcurrentMap<Sha256, VerifiedFile> verified = new ConcurrentHashMap<>();
    private final LongAdder damaged = new LongAdder();

    EntryIndex(CacheDirectory directory, InstantSource clock) {
        this.directory = directory;
        this.clock = clock;
    }

    /**
     * A file whose bytes this process has hashed.
     *
     * @param fileKey device and inode: another value means that the file was replaced
     * @param touched when its modification time was last set, in milliseconds
     */
    private record VerifiedFile(PatchName name, Object fileKey, AtomicLong touched) {}

    /** Opens the entry; empty if this process has not hashed it. */
    Optional<FileContent> open(Patch patch) {
        @Nullable VerifiedFile entry = verified.get(patch.sha256());
        if (entry == null) {
            return Optional.empty();
        }
        try {
            // The key is compared before the file is opened. If a sibling replaces the file in between, its bytes are
            // right as well: the sibling hashed them before it renamed the file.
            if (fileKey(patch.sha256()).equals(entry.fileKey())) {
                FileContent content = directory.open(patch);
                if (content.patch().equals(patch)) {
                    touch(patch.sha256(), entry);
                    return Optional.of(content);
                }
                content.close();
            }
        } catch (IOException e) {
            // Evicted. If instead the disk fails, the fill that follows reports it.
        }
        verified.remove(patch.sha256(), entry);
        return Optional.empty();
    }

    private Object fileKey(Sha256 sha256) throws IOException {
        return FileVersion.of(directory.entry(sha256)).key();
    }

    /** Hashes the entry as {@link #verify} does; true if it exists and is whole. */
    boolean isWhole(Patch patch) throws IOException {
        return verify(patch) == CachedPatchStore.Copy.WHOLE;
    }

    /** Hashes the entry's file. A whole one is added to this index, a damaged or unreadable one is removed from disk. */
    CachedPatchStore.Copy verify(Patch patch) throws IOException {
        Path path = directory.entry(patch.sha256());
        String fault = "is damaged";
        try {
            Object fileKey = fileKey(patch.sha256());
            if (digestMatches(patch)) {
                long used = directory.lastUsed(patch.sha256()).toEpochMilli();
                verified.put(patch.sha256(), new VerifiedFile(patch.name(), fileKey, new AtomicLong(used)));
                return CachedPatchStore.Copy.WHOLE;
            }
        } catch (NoSuchFileException e) {
            return CachedPatchStore.Copy.ABSENT;
        } catch (ClosedByInterruptException e) {
            throw e;
        } catch (IOException e) {
            fault = "cannot be read (" + e + ")";
        }
        verified.remove(patch.sha256());
        if (!directory.remove(patch.sha256())) {
            return CachedPatchStore.Copy.ABSENT;
        }
        damaged.increment();
        LOG.warn("'{}' in the patch cache {}; it was removed and will be read from the store again", path, fault);
        return CachedPatchStore.Copy.REMOVED;
    }

    /** How many damaged entries this process removed. */
    long damaged() {
        return damaged.sum();
    }

    /** Changes the modification time of the entry's file, so that every process of the unit that has it mapped hashes it again. */
    void changeVersion(Patch patch) throws IOException {
        try {
            directory.changeVersion(patch.sha256());
        } catch (NoSuchFileException e) {
            LOG.debug("the entry of patch '{}' was evicted meanwhile", patch.name(), e);
        }
    }

    private boolean digestMatches(Patch patch) throws IOException {
        try (FileContent content = directory.open(patch);
                InputStream bytes = content.read(0, content.patch().size())) {
            return content.patch().equals(patch) && Sha256.of(bytes).equals(patch.sha256());
        }
    }

    /** Adds an entry that this process has just written and hashed. */
    void add(Patch patch) throws IOException {
        verified.put(
                patch.sha256(),
                new VerifiedFile(patch.name(), fileKey(patch.sha256()), new AtomicLong(clock.millis())));
    }

    /** Records a use of the patch. Does not block: the executor writes the time to the disk. */
    void recordUse(Patch patch, Executor executor) {
        @Nullable VerifiedFile entry = verified.get(patch.sha256());
        if (entry != null && isTouchDue(entry)) {
            try {
                executor.execute(() -> touch(patch.sha256(), entry));
            } catch (RejectedExecutionException e) {
                LOG.debug("the patch cache was closed before the use of patch '{}' was recorded", patch.name(), e);
            }
        }
    }

    private boolean isTouchDue(VerifiedFile entry) {
        return !isRecent(entry.touched().get());
    }

    private boolean isRecent(long millis) {
        return Math.abs(clock.millis() - millis) < TOUCH_MILLIS;
    }

    private void touch(Sha256 sha256, VerifiedFile entry) {
        long before = entry.touched().get();
        if (isTouchDue(entry) && entry.touched().compareAndSet(before, clock.millis())) {
            try {
                // A change of the time costs every process one more hash of the file. So a use is not written if a
                // sibling has written one within the last minute.
                if (!isRecent(directory.lastUsed(sha256).toEpochMilli())) {
                    directory.setLastUsed(sha256, clock.instant());
                }
            } catch (IOException e) {
                LOG.debug("cannot record the use of '{}'", directory.entry(sha256), e);
            }
        }
    }

    /**
     * Removes the entries that this process knows by that name. Other processes of the unit keep serving theirs until the entry
     * expires.
     */
    void remove(PatchName name) throws IOException {
        for (var entry : verified.entrySet()) {
            if (entry.getValue().name().equals(name)) {
                verified.remove(entry.getKey(), entry.getValue());
                directory.remove(entry.getKey());
            }
        }
    }

    /** Removes entries from this index whose file no longer exists. */
    void removeEvicted() {
        verified.keySet().removeIf(sha256 -> Files.notExists(directory.entry(sha256)));
    }
}
