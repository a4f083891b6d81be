package io.livepatch.storage.cache;

import io.livepatch.storage.CacheConfig;
import io.livepatch.storage.Patch;
import io.livepatch.storage.disk.DiskSpace;
import java.io.IOException;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.atomic.LongAdder;

/** Keeps the cache within its bounds: its own in bytes and age, and those of the disk. */
final class CacheLimits {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    /** Of the disk, for what a file takes beyond its bytes. */
    private static final long SPARE = 64 * 1024;

    private final CacheDirectory directory;
    private final CacheConfig config;
    private final InstantSource clock;
    private final LongAdder evictions = new LongAdder();

    CacheLimits(CacheDirectory directory, CacheConfig config, InstantSource clock) {
        this.directory = directory;
        this.config = config;
        this.clock = clock;
    }

    /** How many entries this process removed for others, or for their age. */
    long evictions() {
        return evictions.sum();
    }

    /** What there is after tidying up: entries that may go, and bytes that are on their way in. */
    private record Held(EvictionPlan stock, long arriving) {
        long bytes() {
            return stock.bytes() + arriving;
        }
    }

    /**
     * Takes room for a patch, from the least recently used entries if need be.
     *
     * @throws UncacheableException if there is none, even without them; then they stay
     */
    StagedFile take(Patch patch, ProcessLocks processLocks) throws IOException, InterruptedException {
        try (FileLock _ = alone(processLocks)) {
            Held held = tidied(processLocks);
            long usable = DiskSpace.of(directory.root()).free();
            long ofCache = held.bytes() + patch.size() - config.size();
            long ofDisk = patch.size() + SPARE - usable;
            long missing = Math.max(ofCache, ofDisk);
            if (missing > held.stock().bytes()) {
                throw new UncacheableException("there is no room for its " + patch.size()
                        + " bytes, even without the patches that are there: the cache may have " + config.size()
                        + " bytes, " + held.arriving() + " are on their way in, and the disk has " + usable + " free");
            }
            evict(held.stock().oldest(missing));
            return StagedFile.create(patch, directory.ticket(patch.sha256()));
        }
    }

    /** Removes entries that were not asked for in a long while, files that dead processes left, and what exceeds the limits. */
    void tidy(ProcessLocks processLocks) throws IOException, InterruptedException {
        try (FileLock _ = alone(processLocks)) {
            Held held = tidied(processLocks);
            evict(held.stock().oldest(held.bytes() - config.size()));
        }
    }

    private FileLock alone(ProcessLocks processLocks) throws IOException, InterruptedException {
        return processLocks.awaitRoom(PATIENCE)
                .orElseThrow(() -> new UncacheableException("another process has been making room for "
                        + PATIENCE.toSeconds() + " s; see which with 'fuser " + directory.lockFile() + "'"));
    }

    private Held tidied(ProcessLocks processLocks) throws IOException {
        directory.sweep(processLocks);
        // First, so that what becomes an entry meanwhile is not missed; nor counted twice.
        EvictionPlan arriving = directory.arriving();
        EvictionPlan stock = directory.stock();
        EvictionPlan expired = stock.unusedSince(clock.instant().minus(config.ttl()));
        evict(expired);
        return new Held(stock.without(expired), arriving.without(stock).bytes());
    }

    private void evict(EvictionPlan unwanted) throws IOException {
        for (EvictionPlan.Entry entry : unwanted.entries()) {
            if (Files.deleteIfExists(entry.file())) {
                evictions.increment();
            }
        }
    }
}
