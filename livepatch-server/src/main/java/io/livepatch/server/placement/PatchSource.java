package io.livepatch.server.placement;

import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.StoreException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/** The source of the bytes of downloads. Every call may wait for a network. */
public interface PatchSource {
    /**
     * Opens exactly this patch; empty if the store does not have it.
     *
     * @throws StoreException.Unavailable if the store cannot be reached
     */
    Optional<PatchContent> open(Patch patch);

    /**
     * As {@link #open}, from a shared store instead of this unit's copy; empty if the unit keeps no copies.
     *
     * @throws StoreException.Unavailable if the store cannot be reached
     */
    Optional<PatchContent> openBypassingCache(Patch patch);

    /** Records that a patch which was opened before is sent once more. Never waits; may be called for every request. */
    void recordUse(Patch patch);

    /**
     * Has every process of this unit hash the local file of this patch again before it sends the patch once more, if it is sent from
     * one. A damaged file of a cache is removed, so that the next {@link #open} reads the store. May read the whole file.
     */
    void recheck(Patch patch);

    /** A presigned URL of the store for this patch alone, valid for this long; empty for stores without URLs. */
    Optional<URI> directUrl(PatchName name, Duration ttl);
}
