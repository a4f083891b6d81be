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

/** Says why the cache is of no use, now and then: while its disk is broken, each download would. */
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

    /** A patch goes past the cache. */
    void say(Patch patch, IOException reason) {
        if (due()) {
            LOG.warn(
                    "patch '{}' is served from the store, past the cache '{}': {}; others may be, too",
                    patch.name(),
                    directory.root(),
                    text("filling the patch cache", reason));
        }
    }

    /** The cache cannot be looked after. */
    void say(IOException reason) {
        if (due()) {
            LOG.warn(
                    "the patch cache '{}' is of no use: {}",
                    directory.root(),
                    text("looking after the patch cache", reason));
        }
    }

    private boolean due() {
        Instant now = clock.instant();
        Instant until = quietUntil.get();
        return !now.isBefore(until) && quietUntil.compareAndSet(until, now.plus(PAUSE));
    }

    private String text(String what, IOException reason) {
        return reason instanceof UncacheableException
                ? String.valueOf(reason.getMessage())
                : String.valueOf(Disk.failure(what, directory.root(), reason).getMessage());
    }
}
