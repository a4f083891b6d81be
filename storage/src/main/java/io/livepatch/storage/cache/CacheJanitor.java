package io.livepatch.storage.cache;

import io.livepatch.storage.disk.Spool;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;

/** Looks after the cache when it is opened, and now and then: one that is never filled again has entries that expire, too. */
final class CacheJanitor implements Runnable {
    private final CacheDirectory directory;
    private final EntryIndex entryIndex;
    private final CacheLimits cacheLimits;
    private final BypassLog bypassLog;
    private final Duration pause;

    CacheJanitor(CacheDirectory directory, EntryIndex entryIndex, CacheLimits cacheLimits, BypassLog bypassLog, CacheTimeouts cacheTimeouts) {
        this.directory = directory;
        this.entryIndex = entryIndex;
        this.cacheLimits = cacheLimits;
        this.bypassLog = bypassLog;
        this.pause = cacheTimeouts.upkeep();
    }

    /** Makes the directory ready, and removes what processes that died left there. */
    void begin() {
        try {
            directory.create();
            Spool.sweep(directory.root());
            tidy();
        } catch (IOException e) {
            bypassLog.say(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Until the thread is interrupted. */
    @Override
    public void run() {
        try {
            while (true) {
                Thread.sleep(pause);
                tidy();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void tidy() throws InterruptedException {
        entryIndex.forgetAbsent();
        if (Files.notExists(directory.root())) {
            return;
        }
        try (ProcessLocks processLocks = ProcessLocks.open(directory.lockFile())) {
            cacheLimits.tidy(processLocks);
        } catch (IOException e) {
            bypassLog.say(e);
        }
    }
}
