package io.livepatch.server.download;

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

/** A store whose contents do not lie in local files, as far as one can see. */
record RangedStore(PatchStore store) implements PatchStore {

    private record Content(PatchContent content) implements PatchContent.Ranged {
        @Override
        public Patch patch() {
            return content.patch();
        }

        @Override
        public InputStream read(long offset, long length) {
            return content.read(offset, length);
        }

        @Override
        public void close() {
            content.close();
        }
    }

    @Override
    public PutResult put(PatchName name, InputStream source, Sha256 expected) {
        return store.put(name, source, expected);
    }

    @Override
    public Optional<PatchContent> open(PatchName name) {
        return store.open(name).map(Content::new);
    }

    @Override
    public Stream<PatchName> list() {
        return store.list();
    }

    @Override
    public boolean delete(PatchName name) {
        return store.delete(name);
    }

    @Override
    public Patch verify(PatchName name) {
        return store.verify(name);
    }

    @Override
    public Optional<URI> directUrl(PatchName name, Duration ttl) {
        return store.directUrl(name, ttl);
    }

    @Override
    public boolean shared() {
        return store.shared();
    }

    @Override
    public StoreHealth check() {
        return store.check();
    }

    @Override
    public void close() {
        store.close();
    }
}
