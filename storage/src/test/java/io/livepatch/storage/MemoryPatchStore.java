package io.livepatch.storage;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Stream;

/** A store in memory, for tests of code that uses stores. It can be reopened with the same map. */
public final class MemoryPatchStore implements PatchStore {
    private final ConcurrentNavigableMap<String, Kept> patches;
    private volatile boolean closed;

    /** A stored patch and its bytes. */
    public record Kept(Patch patch, ByteBuffer bytes) {}

    public MemoryPatchStore() {
        this(new ConcurrentSkipListMap<>());
    }

    public MemoryPatchStore(ConcurrentNavigableMap<String, Kept> patches) {
        this.patches = patches;
    }

    @Override
    public PutResult put(PatchName name, InputStream source, Sha256 expected) {
        requireOpen();
        byte[] bytes = readAll(name, source);
        Sha256 actual = Sha256.of(bytes);
        if (!actual.equals(expected)) {
            throw new StoreException.DigestMismatch(name, expected, actual);
        }
        Patch patch = new Patch(name, bytes.length, actual);
        Kept existing = patches.putIfAbsent(name.fileName(), new Kept(patch, ByteBuffer.wrap(bytes)));
        if (existing != null && !existing.patch().sha256().equals(actual)) {
            throw new StoreException.Conflict(name, existing.patch().sha256(), actual);
        }
        return new PutResult(patch, existing == null);
    }

    private static byte[] readAll(PatchName name, InputStream source) {
        try {
            return source.readAllBytes();
        } catch (IOException e) {
            throw new StoreException.SourceFailed(name, e);
        }
    }

    @Override
    public Optional<PatchContent> open(PatchName name) {
        requireOpen();
        return Optional.ofNullable(patches.get(name.fileName())).map(Content::new);
    }

    @Override
    public Stream<PatchName> list() {
        requireOpen();
        return List.copyOf(patches.keySet()).stream().map(PatchName::parse);
    }

    @Override
    public boolean delete(PatchName name) {
        requireOpen();
        return patches.remove(name.fileName()) != null;
    }

    @Override
    public Patch verify(PatchName name) {
        requireOpen();
        Kept kept = patches.get(name.fileName());
        if (kept == null) {
            throw new StoreException.NotFound(name, "memory");
        }
        Sha256 actual = Sha256.of(kept.bytes().array());
        if (!actual.equals(kept.patch().sha256())) {
            throw new StoreException.Corrupt(name, kept.patch().sha256(), actual, "memory");
        }
        return kept.patch();
    }

    @Override
    public Optional<URI> directUrl(PatchName name, Duration ttl) {
        requireOpen();
        return Optional.empty();
    }

    @Override
    public boolean shared() {
        return false;
    }

    @Override
    public StoreHealth check() {
        requireOpen();
        return StoreHealth.OK;
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the patch store in memory is closed");
        }
    }

    @Override
    public void close() {
        closed = true;
    }

    private record Content(Kept kept) implements PatchContent.Ranged {
        @Override
        public Patch patch() {
            return kept.patch();
        }

        @Override
        public InputStream read(long offset, long length) {
            Objects.checkFromIndexSize(offset, length, kept.patch().size());
            return new ByteArrayInputStream(kept.bytes().array(), (int) offset, (int) length);
        }

        @Override
        public void close() {}
    }
}
