package io.livepatch.storage.cache;

import io.livepatch.storage.CacheConfig;
import io.livepatch.storage.MemoryPatchStore;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchContent;
import io.livepatch.storage.Patches;
import io.livepatch.storage.RemotePatchStore;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/** A store with patches, the directory of a cache in front of it, and a clock that tests advance. */
final class CacheFixture {
    static final Duration TTL = Duration.ofDays(30);
    /** Timeouts longer than a test on a slow machine. */
    static final CacheTimeouts LONG =
            new CacheTimeouts(Duration.ofMinutes(5), Duration.ofMinutes(5), Duration.ofHours(1));

    private final ConcurrentNavigableMap<String, MemoryPatchStore.Kept> kept = new ConcurrentSkipListMap<>();
    /** The store itself, without cache and network. */
    final MemoryPatchStore memory = new MemoryPatchStore(kept);

    final Path directory;
    /** The remote store behind the cache that was opened last. */
    RemotePatchStore store = new RemotePatchStore(memory);

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));

    CacheFixture(Path directory) {
        this.directory = directory;
    }

    CachedPatchStore open() {
        return open(1 << 30);
    }

    CachedPatchStore open(long size) {
        return open(size, LONG);
    }

    CachedPatchStore open(long size, CacheTimeouts cacheTimeouts) {
        store = new RemotePatchStore(new MemoryPatchStore(kept));
        return CachedPatchStore.open(store, new CacheConfig(directory, size, TTL), now::get, cacheTimeouts);
    }

    void advanceClock(Duration time) {
        now.updateAndGet(before -> before.plus(time));
    }

    /** Stores the n-th patch, if it is not stored. */
    Patch patch(int number, int size) {
        return Patches.put(memory, Patches.name(number), Patches.bytes(size, number))
                .patch();
    }

    /** Reads a whole patch through the cache. */
    static byte[] read(CachedPatchStore cache, Patch patch) {
        try (PatchContent content = cache.open(patch).orElseThrow()) {
            return read(content);
        }
    }

    static byte[] read(PatchContent content) {
        try (InputStream bytes = content.read(0, content.patch().size())) {
            return bytes.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Flips a bit of the patch in the store. */
    void damage(Patch patch) {
        kept.get(patch.name().fileName()).bytes().array()[0] ^= 1;
    }

    Path entry(Patch patch) {
        return directory.resolve(patch.sha256().hex());
    }

    /** The digests of the cache's entries on disk. */
    List<String> entries() throws IOException {
        return names(directory).stream()
                .filter(name -> !name.equals(".lock") && !name.equals("incoming"))
                .toList();
    }

    List<String> incoming() throws IOException {
        return names(directory.resolve("incoming"));
    }

    private static List<String> names(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
