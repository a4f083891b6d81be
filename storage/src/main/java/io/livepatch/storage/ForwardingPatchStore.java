package io.livepatch.storage;

import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A decorator of a store: methods that an implementation does not override are forwarded. {@link PatchStore#open(Patch)} is not forwarded,
 * but calls {@link #open(PatchName)} of the decorator, so overriding that one affects both.
 */
public interface ForwardingPatchStore extends PatchStore {
    /** The store that calls are forwarded to. */
    PatchStore delegate();

    @Override
    default PutResult put(PatchName name, InputStream source, Sha256 expected) {
        return delegate().put(name, source, expected);
    }

    @Override
    default Optional<PatchContent> open(PatchName name) {
        return delegate().open(name);
    }

    @Override
    default Stream<PatchName> list() {
        return delegate().list();
    }

    @Override
    default boolean delete(PatchName name) {
        return delegate().delete(name);
    }

    @Override
    default Patch verify(PatchName name) {
        return delegate().verify(name);
    }

    @Override
    default Optional<URI> directUrl(PatchName name, Duration ttl) {
        return delegate().directUrl(name, ttl);
    }

    @Override
    default boolean shared() {
        return delegate().shared();
    }

    @Override
    default StoreHealth check() {
        return delegate().check();
    }

    @Override
    default void close() {
        delegate().close();
    }
}
