package io.livepatch.storage.cache;

import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.Sha256;
import io.livepatch.storage.disk.FileContent;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
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

/** The entries that this process has hashed, and so may hand out; and when they were asked for. Thread-safe. */
final class EntryIndex {
    private static final Logger LOG = LoggerFactory.getLogger(EntryIndex.class);
    /** How exact the order of use on disk is. */
    private static final long TOUCH_MILLIS = Duration.ofMinutes(1).toMillis();

    private final CacheDirectory directory;
    private final InstantSource clock;
    private final ConcurrentMap<Sha256, Known> known = new ConcurrentHashMap<>();
    private final LongAdder damaged = new LongAdder();

    EntryIndex(CacheDirectory directory, InstantSource clock) {
        this.directory = directory;
        this.clock = clock;
    }

    /**
     * A file that was hashed.
     *
     * @param file tells it from one that took its place
     * @param touched when its time was last set, in milliseconds
     */
    private record Known(PatchName name, Object file, AtomicLong touched) {}

    /** The entry, if this process knows it. */
    Optional<FileContent> open(Patch patch) {
        @Nullable Known entry = known.get(patch.sha256());
        if (entry == null) {
            return Optional.empty();
        }
        try {
            // Before it is opened: a file that takes its place after this was hashed by the sibling that put it there.
            if (CacheDirectory.key(directory.entry(patch.sha256())).equals(entry.file())) {
                FileContent content = directory.open(patch);
                if (content.patch().equals(patch)) {
                    touch(patch.sha256(), entry);
                    return Optional.of(content);
                }
                content.close();
            }
        } catch (IOException e) {
            // Evicted; or the disk fails, which the fill that comes next reports.
        }
        known.remove(patch.sha256(), entry);
        return Optional.empty();
    }

    /** Hashes what is on disk as {@link #verify} does; answers whether the entry is there and whole. */
    boolean check(Patch patch) throws IOException {
        return verify(patch) == CachedPatchStore.Copy.WHOLE;
    }

    /** Hashes the file of the entry. A whole one is known to this process from then on, a damaged one is removed. */
    CachedPatchStore.Copy verify(Patch patch) throws IOException {
        Path path = directory.entry(patch.sha256());
        String fault = "is damaged";
        try {
            Object file = CacheDirectory.key(path);
            if (sound(patch)) {
                long used = directory.used(patch.sha256()).toEpochMilli();
                known.put(patch.sha256(), new Known(patch.name(), file, new AtomicLong(used)));
                return CachedPatchStore.Copy.WHOLE;
            }
        } catch (NoSuchFileException e) {
            return CachedPatchStore.Copy.ABSENT;
        } catch (ClosedByInterruptException e) {
            throw e;
        } catch (IOException e) {
            fault = "cannot be read (" + e + ")";
        }
        known.remove(patch.sha256());
        if (!directory.remove(patch.sha256())) {
            return CachedPatchStore.Copy.ABSENT;
        }
        damaged.increment();
        LOG.warn("'{}' in the patch cache {}; it was removed, and is read from the store anew", path, fault);
        return CachedPatchStore.Copy.REMOVED;
    }

    /** How many damaged entries this process removed. */
    long damaged() {
        return damaged.sum();
    }

    /** Changes the time of the file, by which every process of the unit that has it mapped hashes it again. */
    void renew(Patch patch) throws IOException {
        try {
            directory.renew(patch.sha256());
        } catch (NoSuchFileException e) {
            LOG.debug("the entry of patch '{}' was evicted meanwhile", patch.name(), e);
        }
    }

    private boolean sound(Patch patch) throws IOException {
        try (FileContent content = directory.open(patch);
                InputStream bytes = content.read(0, content.patch().size())) {
            return content.patch().equals(patch) && Sha256.of(bytes).equals(patch.sha256());
        }
    }

    /** Knows what this process has just put there. */
    void add(Patch patch) throws IOException {
        Object file = CacheDirectory.key(directory.entry(patch.sha256()));
        known.put(patch.sha256(), new Known(patch.name(), file, new AtomicLong(clock.millis())));
    }

    /** Notes that the patch was asked for. Never waits: what there is to write is left to the executor. */
    void use(Patch patch, Executor executor) {
        @Nullable Known entry = known.get(patch.sha256());
        if (entry != null && due(entry)) {
            try {
                executor.execute(() -> touch(patch.sha256(), entry));
            } catch (RejectedExecutionException e) {
                LOG.debug("the patch cache was closed before the use of patch '{}' was noted", patch.name(), e);
            }
        }
    }

    private boolean due(Known entry) {
        return Math.abs(clock.millis() - entry.touched().get()) >= TOUCH_MILLIS;
    }

    private boolean recent(Instant used) {
        return Math.abs(clock.millis() - used.toEpochMilli()) < TOUCH_MILLIS;
    }

    private void touch(Sha256 sha256, Known entry) {
        long before = entry.touched().get();
        if (due(entry) && entry.touched().compareAndSet(before, clock.millis())) {
            try {
                // A sibling may have noted a use just now. Each change of the time costs every process one more hash of
                // the file, so they share one a minute.
                if (!recent(directory.used(sha256))) {
                    directory.use(sha256, clock.instant());
                }
            } catch (IOException e) {
                LOG.debug("cannot note the use of '{}'", directory.entry(sha256), e);
            }
        }
    }

    /** Removes a patch that this process knows by that name; the other processes of the unit keep it until it has not been asked for
     * in a while. */
    void remove(PatchName name) throws IOException {
        for (var entry : known.entrySet()) {
            if (entry.getValue().name().equals(name)) {
                known.remove(entry.getKey(), entry.getValue());
                directory.remove(entry.getKey());
            }
        }
    }

    /** Forgets what was evicted. */
    void forgetAbsent() {
        known.keySet().removeIf(sha256 -> Files.notExists(directory.entry(sha256)));
    }
}
