package io.livepatch.server.store;

import io.livepatch.storage.ForwardingPatchStore;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchStore;
import java.util.Optional;

/**
 * Whichever store patches are served from at the moment of a call. A cache stands in front of this and not of one store: its copies
 * are named by what they hash to, so they stay good when patches are moved.
 */
record StoreInEffect(Stores stores) implements ForwardingPatchStore {
    @Override
    public PatchStore behind() {
        return stores.inEffect();
    }

    @Override
    public Optional<PatchContent> open(Patch patch) {
        return stores.uncached(patch);
    }

    @Override
    public boolean shared() {
        return stores.type().shared();
    }

    /** The stores belong to somebody else. */
    @Override
    public void close() {}
}
