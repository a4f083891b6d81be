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
