package io.livepatch.storage.cache;

import io.livepatch.storage.Patch;
import io.livepatch.storage.disk.Disk;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs why the cache is bypassed, at most once a minute: while its disk is broken, every download would log the same line. Thread-safe. */
final class BypassLog {
    private static final Logger LOG = LoggerFactory.getLogger(BypassLog.class);
    private static final Duration PAUSE = Duration.ofMinutes(1);

    private final CacheDirectory directory;
    private final InstantSource clock;
    private final AtomicReference<Instant> quietUntil = new AtomicReference<>(Instant.MIN);

    BypassLog(CacheDirectory directory, InstantSource clock) {
        this.directory = directory;
        this.clock = clock;
    }

    /** Logs that a patch is served from the store instead of the cache. */
    void logBypass(Patch patch, IOException cause) {
        if (isDue()) {
            LOG.warn(
                    "patch '{}' bypasses the cache '{}' and is served from the store: {}; other patches may be affected too",
                    patch.name(),
                    directory.root(),
                    describe("filling the patch cache", cause));
        }
    }

    /** Logs that the cache's directory cannot be listed or cleaned up. */
    void logFailure(IOException cause) {
        if (isDue()) {
            LOG.warn(
                    "the patch cache '{}' cannot be used: {}",
                    directory.root(),
                    describe("maintaining the patch cache", cause));
        }
    }

    private boolean isDue() {
        Instant now = clock.instant();
        Instant until = quietUntil.get();
        return !now.isBefore(until) && quietUntil.compareAndSet(until, now.plus(PAUSE));
    }

    private String describe(String operation, IOException cause) {
        return cause instanceof UncacheableException
                ? String.valueOf(cause.getMessage())
                : String.valueOf(
                        Disk.failure(operation, directory.root(), cause).getMessage());
    }
}
