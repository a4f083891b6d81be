package io.livepatch.storage.cache;

import io.livepatch.storage.CacheConfig;
import io.livepatch.storage.ForwardingPatchStore;
import io.livepatch.storage.MemoryPatchStore;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.PatchStoreContract;
import io.livepatch.storage.RemotePatchStore;
import io.livepatch.storage.StoreException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.junit.jupiter.api.io.TempDir;

/** The contract for {@link CachedPatchStore#open(io.livepatch.storage.Patch)}, which the cache answers itself. */
final class CacheOpenByDigestTest extends PatchStoreContract {
    private final ConcurrentNavigableMap<String, MemoryPatchStore.Kept> memory = new ConcurrentSkipListMap<>();

    @TempDir
    private Path directory;

    @Override
    protected PatchStore openEmpty() {
        return reopen();
    }

    @Override
    protected PatchStore reopen() {
        return new ByDigest(CachedPatchStore.open(
                new RemotePatchStore(new MemoryPatchStore(memory)),
                new CacheConfig(directory, 1 << 30, Duration.ofHours(1))));
    }

    @Override
    protected void damage(PatchName name) {
        memory.get(name.fileName()).bytes().array()[0] ^= 1;
    }

    @Override
    protected Traits traits() {
        return new Traits(true, true, false, true);
    }

    /**
     * Opens a name by the patch that the store has under it, as a server does with its catalog. If that patch is replaced between the two
     * steps, the cache reports wrong bytes; so the steps are repeated, and only damage that persists is reported.
     */
    private record ByDigest(PatchStore delegate) implements ForwardingPatchStore {
        private static final int ATTEMPTS = 10;

        @Override
        public Optional<PatchContent> open(PatchName name) {
            for (int attempt = 1; attempt < ATTEMPTS; attempt++) {
                try {
                    return find(name).flatMap(delegate::open);
                } catch (StoreException.Corrupt e) {
                    // Damaged, or replaced in between.
                }
            }
            return find(name).flatMap(delegate::open);
        }

        private Optional<Patch> find(PatchName name) {
            Optional<PatchContent> stored = delegate.open(name);
            stored.ifPresent(PatchContent::close);
            return stored.map(PatchContent::patch);
        }
    }
}
