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

/** The contract, through the door that the cache answers itself: as a server asks, who looks into its catalog first. */
final class CacheAskedByDigestTest extends PatchStoreContract {
    private final ConcurrentNavigableMap<String, MemoryPatchStore.Kept> memory = new ConcurrentSkipListMap<>();

    @TempDir
    private Path directory;

    @Override
    protected PatchStore openEmpty() {
        return reopen();
    }

    @Override
    protected PatchStore reopen() {
        return new Catalogued(CachedPatchStore.open(
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
     * Knows which patch has a name now, and asks the cache for that one. When that was deleted and another put meanwhile, those are the wrong bytes
     * for who asked: he looks again, and what is really damaged stays so.
     */
    private record Catalogued(PatchStore behind) implements ForwardingPatchStore {
        private static final int LOOKS = 10;

        @Override
        public Optional<PatchContent> open(PatchName name) {
            for (int look = 1; look < LOOKS; look++) {
                try {
                    return catalogued(name).flatMap(behind::open);
                } catch (StoreException.Corrupt e) {
                    // Damaged, or replaced.
                }
            }
            return catalogued(name).flatMap(behind::open);
        }

        private Optional<Patch> catalogued(PatchName name) {
            Optional<PatchContent> stored = behind.open(name);
            stored.ifPresent(PatchContent::close);
            return stored.map(PatchContent::patch);
        }
    }
}
