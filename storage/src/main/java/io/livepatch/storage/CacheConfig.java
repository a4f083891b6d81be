package io.livepatch.storage;

import java.nio.file.Path;
import java.time.Duration;

/**
 * The configuration of a cache of patches on a local disk, in front of a remote store.
 *
 * @param directory of one unit, shared by its workers; created if it is absent, and may be deleted while no worker runs
 * @param size maximum total size of the cached patches, in bytes
 * @param ttl how long a patch stays in the cache after its last use
 */
public record CacheConfig(Path directory, long size, Duration ttl) {
    public CacheConfig {
        if (size < 1 || !ttl.isPositive()) {
            throw new IllegalArgumentException("size " + size + " or ttl " + ttl + " of the cache is not positive");
        }
    }
}
