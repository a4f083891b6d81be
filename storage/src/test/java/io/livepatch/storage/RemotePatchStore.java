package io.livepatch.storage;

import java.io.InputStream;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/** A store as if over a network: its content comes in ranges, counts how often it is read, and is what a test makes of it. */
public final class RemotePatchStore implements ForwardingPatchStore {
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
    public PatchStore behind() {
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
