package io.livepatch.storage.cache;

import io.livepatch.storage.CacheConfig;
import io.livepatch.storage.MemoryPatchStore;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.PatchStoreContract;
import io.livepatch.storage.RemotePatchStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.junit.jupiter.api.io.TempDir;

/** The contract for {@link CachedPatchStore#open(PatchName)}, which the cache forwards to the store. */
final class CacheOpenByNameTest extends PatchStoreContract {
    private final ConcurrentNavigableMap<String, MemoryPatchStore.Kept> memory = new ConcurrentSkipListMap<>();

    @TempDir
    private Path directory;

    @Override
    protected PatchStore openEmpty() {
        return reopen();
    }

    @Override
    protected PatchStore reopen() {
        return CachedPatchStore.open(
                new RemotePatchStore(new MemoryPatchStore(memory)),
                new CacheConfig(directory, 1 << 30, Duration.ofHours(1)));
    }

    @Override
    protected void damage(PatchName name) {
        memory.get(name.fileName()).bytes().array()[0] ^= 1;
    }

    @Override
    protected Traits traits() {
        return new Traits(true, false, false, true);
    }
}
