package io.livepatch.server.storage;

import io.livepatch.storage.cache.CachedPatchStore;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Where patches are, and how they are.
 *
 * @param type the kind of store that they are served from
 * @param configured the kind that the configuration of this unit names
 * @param problem why they cannot be stored or served now
 * @param damaged those that are offered to nobody since their bytes are lost or not what they were, the first thousand
 * @param copies how far migrations to other stores are
 * @param moving whether a migration takes a step now
 * @param cache figures of this unit's cache, if it has one
 */
public record StorageStatus(
        String type,
        String configured,
        boolean shared,
        Optional<Instant> since,
        Optional<String> movedFrom,
        Optional<String> problem,
        long patches,
        long bytes,
        Verified verified,
        List<Damaged> damaged,
        List<Copies> copies,
        boolean moving,
        Optional<CachedPatchStore.Figures> cache) {

    /**
     * What was looked at.
     *
     * @param oldest when the patch was looked at whose turn it is next, once all have been
     */
    public record Verified(long patches, Optional<Instant> oldest) {}

    /** A patch that cannot be served. */
    public record Damaged(String filename, String reason, Instant seenAt) {}

    /** What of the catalog is in another store, and verified there. */
    public record Copies(String type, long patches, long bytes) {}
}
