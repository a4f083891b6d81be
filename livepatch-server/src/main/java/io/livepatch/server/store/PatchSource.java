package io.livepatch.server.store;

import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.StoreException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/** Where the bytes of downloads come from. Every call may wait for a network. */
public interface PatchSource {

    /**
     * Exactly this patch, opened; empty if it is not there.
     *
     * @throws StoreException.Unavailable if the store cannot be reached
     */
    Optional<PatchContent> open(Patch patch);

    /**
     * As {@link #open}, from a store over a network and not from this unit's copy; empty if the unit keeps no copies.
     *
     * @throws StoreException.Unavailable if the store cannot be reached
     */
    Optional<PatchContent> openPastCache(Patch patch);

    /** Notes that a patch which was opened before is sent once more. Never waits; may be called for every request. */
    void used(Patch patch);

    /**
     * Has every process of this unit hash the local file of this patch again before it sends the patch once more, if it is sent from
     * one. A damaged file of a cache is removed, so that the next {@link #open} reads the store. May read the whole file.
     */
    void recheck(Patch patch);

    /** A URL of the place of storage, for this patch alone and this long; empty where there is none. */
    Optional<URI> directUrl(PatchName name, Duration ttl);
}
