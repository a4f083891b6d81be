package io.livepatch.server.config;

import java.nio.file.Path;
import java.time.Duration;

/**
 * Section {@code patch-cache}: patches on a local disk, in front of a store over a network.
 *
 * @param path of this unit; its workers share it. Patches on their way in lie there, too, cache or not
 * @param size in bytes
 * @param ttl how long a patch stays that nobody asks for
 */
public record PatchCacheConfig(boolean enabled, Path path, long size, Duration ttl) {
    public static final Path DEFAULT_PATH = Path.of("/var/lib/livepatch/cache");
    public static final long DEFAULT_SIZE = 1L << 30;
    public static final Duration DEFAULT_TTL = Duration.ofDays(30);

    public PatchCacheConfig {
        if (size < 1 || !ttl.isPositive()) {
            throw new IllegalArgumentException("a limit of the cache is out of range");
        }
    }
}
