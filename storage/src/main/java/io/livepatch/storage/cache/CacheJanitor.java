package io.livepatch.storage.cache;

import io.livepatch.storage.disk.Spool;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;

/** Enforces the cache's limits when it is opened and then periodically: entries also expire in a cache that is never filled again. */
final class CacheJanitor implements Runnable {
    private final CacheDirectory directory;
    private final EntryIndex entryIndex;
    private final CacheLimits cacheLimits;
    private final BypassLog bypassLog;
    private final Duration interval;

    CacheJanitor(
            CacheDirectory directory,
            EntryIndex entryIndex,
            CacheLimits cacheLimits,
            BypassLog bypassLog,
            CacheTimeouts cacheTimeouts) {
        this.directory = directory;
        this.entryIndex = entryIndex;
        this.cacheLimits = cacheLimits;
        this.bypassLog = bypassLog;
        this.interval = cacheTimeouts.cleanupInterval();
    }

    /** Creates the directory and removes the files that dead processes left in it. */
    void prepareDirectory() {
        try {
            directory.create();
            Spool.sweep(directory.root());
            cleanUp();
        } catch (IOException e) {
            bypassLog.logFailure(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Cleans up periodically until the thread is interrupted. */
    @Override
    public void run() {
        try {
            while (true) {
                Thread.sleep(interval);
                cleanUp();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void cleanUp() throws InterruptedException {
        entryIndex.removeEvicted();
        if (Files.notExists(directory.root())) {
            return;
        }
        try (ProcessLocks processLocks = ProcessLocks.open(directory.lockFile())) {
            cacheLimits.enforce(processLocks);
        } catch (IOException e) {
            bypassLog.logFailure(e);
        }
    }
}
