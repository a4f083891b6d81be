package io.livepatch.storage.cache;

import io.livepatch.common.file.DiskSpace;
import io.livepatch.storage.CacheConfig;
import io.livepatch.storage.Patch;
import java.io.IOException;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.atomic.LongAdder;

/** Keeps the cache within its limits (bytes and age of entries) and within the free space of its disk. */
final class CacheLimits {
    private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(10);
    /** Disk space that a file takes in addition to its bytes. */
    private static final long FILE_OVERHEAD = 64 * 1024;

    private final CacheDirectory directory;
    private final CacheConfig config;
    private final InstantSource clock;
    private final LongAdder evictions = new LongAdder();

    CacheLimits(CacheDirectory directory, CacheConfig config, InstantSource clock) {
        this.directory = directory;
        this.config = config;
        this.clock = clock;
    }

    /** How many entries this process removed to make room or because they had expired. */
    long evictions() {
        return evictions.sum();
    }

    /**
     * The use of the cache after the removal of expired entries.
     *
     * @param entries the entries that may be evicted
     * @param staged bytes of the files that are being filled
     */
    private record Usage(LruList entries, long staged) {
        long bytes() {
            return entries.bytes() + staged;
        }
    }

    /**
     * Reserves space for a patch and evicts the least recently used entries if necessary.
     *
     * @throws UncacheableException if the space would not suffice even without any entry; none is evicted then
     */
    StagedFile reserve(Patch patch, ProcessLocks processLocks) throws IOException, InterruptedException {
        try (FileLock _ = lockSpace(processLocks)) {
            Usage usage = removeExpired(processLocks);
            long free = DiskSpace.of(directory.root()).free();
            long overLimit = usage.bytes() + patch.size() - config.size();
            long overDisk = patch.size() + FILE_OVERHEAD - free;
            long missing = Math.max(overLimit, overDisk);
            if (missing > usage.entries().bytes()) {
                throw new UncacheableException("there is no room for its " + patch.size()
                        + " bytes even if all entries were evicted: the cache may have " + config.size() + " bytes, "
                        + usage.staged() + " bytes are being filled, and the disk has " + free + " bytes free");
            }
            evict(usage.entries().oldest(missing));
            return StagedFile.create(patch, directory.newStagingFile(patch.sha256()));
        }
    }

    /** Removes expired entries, files of dead processes, and the least recently used entries that exceed the size limit. */
    void enforce(ProcessLocks processLocks) throws IOException, InterruptedException {
        try (FileLock _ = lockSpace(processLocks)) {
            Usage usage = removeExpired(processLocks);
            evict(usage.entries().oldest(usage.bytes() - config.size()));
        }
    }

    private FileLock lockSpace(ProcessLocks processLocks) throws IOException, InterruptedException {
        return processLocks
                .lockSpace(LOCK_TIMEOUT)
                .orElseThrow(() -> new UncacheableException(
                        "another process has held the lock on the cache's space for " + LOCK_TIMEOUT.toSeconds()
                                + " s; see which with 'fuser " + directory.lockFile() + "'"));
    }

    private Usage removeExpired(ProcessLocks processLocks) throws IOException {
        directory.removeAbandoned(processLocks);
        // Staged files are listed before entries: a file that is published in between is in both lists, and is counted
        // once by without(). In the other order it would be in neither.
        LruList staged = directory.staged();
        LruList entries = directory.entries();
        LruList expired = entries.unusedSince(clock.instant().minus(config.ttl()));
        evict(expired);
        return new Usage(entries.without(expired), staged.without(entries).bytes());
    }

    private void evict(LruList evicted) throws IOException {
        for (LruList.Entry entry : evicted.entries()) {
            if (Files.deleteIfExists(entry.file())) {
                evictions.increment();
            }
        }
    }
}
