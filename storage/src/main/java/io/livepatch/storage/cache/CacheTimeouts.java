package io.livepatch.storage.cache;

import java.time.Duration;

/**
 * How long things take at most.
 *
 * @param asker waits for a patch that is being read from the store
 * @param sibling is given for a patch that it reads, before this process reads it as well: it may be stopped, or hang
 * @param upkeep between two looks for what has expired
 */
record CacheTimeouts(Duration asker, Duration sibling, Duration upkeep) {
    static final CacheTimeouts USUAL = new CacheTimeouts(Duration.ofSeconds(60), Duration.ofSeconds(20), Duration.ofMinutes(1));
}
