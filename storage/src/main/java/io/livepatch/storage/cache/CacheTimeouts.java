package io.livepatch.storage.cache;

import java.time.Duration;

/**
 * The cache's timeouts.
 *
 * @param fill how long a caller waits for a patch that is being read from the store
 * @param sibling how long this process waits for another process of the unit that is reading the same patch; after that it reads the
 *     patch itself, because the other may be stopped or hang
 * @param cleanupInterval pause between two removals of expired entries
 */
record CacheTimeouts(Duration fill, Duration sibling, Duration cleanupInterval) {
    static final CacheTimeouts DEFAULT =
            new CacheTimeouts(Duration.ofSeconds(60), Duration.ofSeconds(20), Duration.ofMinutes(1));
}
