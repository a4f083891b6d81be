package io.livepatch.server.download;

import io.livepatch.server.placement.PatchSource;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/** The content of one store. */
record StoredPatches(PatchStore store) implements PatchSource {
    @Override
    public Optional<PatchContent> open(Patch patch) {
        return store.open(patch);
    }

    @Override
    public void recordUse(Patch patch) {}

    @Override
    public Optional<PatchContent> openBypassingCache(Patch patch) {
        return Optional.empty();
    }

    @Override
    public void recheck(Patch patch) {}

    @Override
    public Optional<URI> directUrl(PatchName name, Duration ttl) {
        return store.directUrl(name, ttl);
    }
}
