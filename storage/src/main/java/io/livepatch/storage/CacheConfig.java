package io.livepatch.storage;

import java.nio.file.Path;
import java.time.Duration;

/**
 * A cache of patches on a local disk, in front of a store over a network.
 *
 * @param directory of one unit, shared by its workers; created if it is absent, and may be deleted whenever no worker runs
 * @param size of all patches in it, in bytes, at most
 * @param ttl how long a patch stays that nobody asks for
 */
public record CacheConfig(Path directory, long size, Duration ttl) {
    public CacheConfig {
        if (size < 1 || !ttl.isPositive()) {
            throw new IllegalArgumentException("a limit of the cache is out of range");
        }
    }
}
