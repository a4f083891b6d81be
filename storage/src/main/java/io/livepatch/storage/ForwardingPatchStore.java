package io.livepatch.storage;

import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A store in front of another, which answers what its implementation does not. {@link PatchStore#open(Patch)} asks
 * {@link #open(PatchName)} here, so what meddles with that one meddles with both.
 */
public interface ForwardingPatchStore extends PatchStore {
    /** The store that answers. */
    PatchStore behind();

    @Override
    default PutResult put(PatchName name, InputStream source, Sha256 expected) {
        return behind().put(name, source, expected);
    }

    @Override
    default Optional<PatchContent> open(PatchName name) {
        return behind().open(name);
    }

    @Override
    default Stream<PatchName> list() {
        return behind().list();
    }

    @Override
    default boolean delete(PatchName name) {
        return behind().delete(name);
    }

    @Override
    default Patch verify(PatchName name) {
        return behind().verify(name);
    }

    @Override
    default Optional<URI> directUrl(PatchName name, Duration ttl) {
        return behind().directUrl(name, ttl);
    }

    @Override
    default boolean shared() {
        return behind().shared();
    }

    @Override
    default StoreHealth check() {
        return behind().check();
    }

    @Override
    default void close() {
        behind().close();
    }
}
