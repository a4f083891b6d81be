package io.livepatch.server.store;

import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.Sha256;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Whichever store patches are served from at the moment of a call. A cache stands in front of this and not of one store: its copies
 * are named by what they hash to, so they stay good when patches are moved.
 */
record StoreInEffect(Stores stores) implements PatchStore {
    @Override
    public Optional<PatchContent> open(Patch patch) {
        return stores.uncached(patch);
    }

    @Override
    public PutResult put(PatchName name, InputStream source, Sha256 expected) {
        return stores.inEffect().put(name, source, expected);
    }

    @Override
    public Optional<PatchContent> open(PatchName name) {
        return stores.inEffect().open(name);
    }

    @Override
    public Stream<PatchName> list() {
        return stores.inEffect().list();
    }

    @Override
    public boolean delete(PatchName name) {
        return stores.inEffect().delete(name);
    }

    @Override
    public Patch verify(PatchName name) {
        return stores.inEffect().verify(name);
    }

    @Override
    public Optional<URI> directUrl(PatchName name, Duration ttl) {
        return stores.inEffect().directUrl(name, ttl);
    }

    @Override
    public boolean shared() {
        return stores.type().shared();
    }

    @Override
    public StoreHealth check() {
        return stores.inEffect().check();
    }

    /** The stores belong to somebody else. */
    @Override
    public void close() {}
}
