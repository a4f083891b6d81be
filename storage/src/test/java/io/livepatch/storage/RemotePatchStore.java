package io.livepatch.storage;

import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** A store as if over a network: its content comes in ranges, counts how often it is read, and is what a test makes of it. */
public final class RemotePatchStore implements PatchStore {
    private final PatchStore store;
    private final AtomicInteger reads = new AtomicInteger();
    private volatile UnaryOperator<InputStream> network = UnaryOperator.identity();

    public RemotePatchStore(PatchStore store) {
        this.store = store;
    }

    /** How often somebody began to read a patch. */
    public int reads() {
        return reads.get();
    }

    /** What becomes of bytes on their way, from now on. */
    public void network(UnaryOperator<InputStream> change) {
        network = change;
    }

    @Override
    public Optional<PatchContent> open(PatchName name) {
        return store.open(name).map(Content::new);
    }

    @Override
    public PutResult put(PatchName name, InputStream source, Sha256 expected) {
        return store.put(name, source, expected);
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
        return true;
    }

    @Override
    public StoreHealth check() {
        return store.check();
    }

    @Override
    public void close() {
        store.close();
    }

    private final class Content implements PatchContent.Ranged {
        private final PatchContent content;

        Content(PatchContent content) {
            this.content = content;
        }

        @Override
        public Patch patch() {
            return content.patch();
        }

        @Override
        public InputStream read(long offset, long length) {
            reads.incrementAndGet();
            return network.apply(content.read(offset, length));
        }

        @Override
        public void close() {
            content.close();
        }
    }
}
