package io.livepatch.server.config;

import io.livepatch.storage.StoreType;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Section {@code patch-storage}. It may describe several stores, so that patches can be moved from one to another; {@code type} is
 * the one that the operator wants them in.
 *
 * @param postgres where the PostgreSQL store is; empty for the catalog's database
 * @param s3 empty if there is no bucket
 * @param scrubInterval how long until each patch has been read again and hashed; zero for never
 * @param scrubRate how fast at most, in bytes a second
 */
public record PatchStorageConfig(
        StoreType type,
        Path filesystemPath,
        Optional<Dsn> postgres,
        Optional<S3Config> s3,
        Duration scrubInterval,
        long scrubRate) {
    public static final Duration DEFAULT_SCRUB_INTERVAL = Duration.ofDays(7);
    public static final long DEFAULT_SCRUB_RATE = 4L << 20;

    public PatchStorageConfig {
        if (scrubInterval.isNegative() || scrubRate < 1) {
            throw new IllegalArgumentException("a limit of the scrub is out of range");
        }
    }
}
