package io.livepatch.storage.cache;

import io.livepatch.storage.CacheConfig;
import io.livepatch.storage.MemoryPatchStore;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.PatchStoreContract;
import io.livepatch.storage.RemotePatchStore;
import io.livepatch.storage.Sha256;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Stream;
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

    /** Knows which patch has a name now, and asks the cache for that one. */
    private record Catalogued(PatchStore cache) implements PatchStore {
        @Override
        public Optional<PatchContent> open(PatchName name) {
            return catalogued(name).flatMap(cache::open);
        }

        private Optional<Patch> catalogued(PatchName name) {
            Optional<PatchContent> stored = cache.open(name);
            stored.ifPresent(PatchContent::close);
            return stored.map(PatchContent::patch);
        }

        @Override
        public PutResult put(PatchName name, InputStream source, Sha256 expected) {
            return cache.put(name, source, expected);
        }

        @Override
        public Stream<PatchName> list() {
            return cache.list();
        }

        @Override
        public boolean delete(PatchName name) {
            return cache.delete(name);
        }

        @Override
        public Patch verify(PatchName name) {
            return cache.verify(name);
        }

        @Override
        public Optional<URI> directUrl(PatchName name, Duration ttl) {
            return cache.directUrl(name, ttl);
        }

        @Override
        public boolean shared() {
            return cache.shared();
        }

        @Override
        public StoreHealth check() {
            return cache.check();
        }

        @Override
        public void close() {
            cache.close();
        }
    }
}
