package io.livepatch.storage;

import java.io.InputStream;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/** Makes a store look like a remote one: content in ranges, counted reads, and streams that a test can change. */
public final class RemotePatchStore implements ForwardingPatchStore {
    private final PatchStore store;
    private final AtomicInteger reads = new AtomicInteger();
    private volatile UnaryOperator<InputStream> network = UnaryOperator.identity();

    public RemotePatchStore(PatchStore store) {
        this.store = store;
    }

    /** How many reads were started. */
    public int reads() {
        return reads.get();
    }

    /** Sets the change of streams for later reads. */
    public void network(UnaryOperator<InputStream> change) {
        network = change;
    }

    @Override
    public PatchStore delegate() {
        return store;
    }

    @Override
    public Optional<PatchContent> open(PatchName name) {
        return store.open(name).map(Content::new);
    }

    @Override
    public boolean shared() {
        return true;
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
