package io.livepatch.storage;

/**
 * A patch that is in a store: what it is, how long, and what its bytes hash to.
 *
 * @param size in bytes
 */
public record Patch(PatchName name, long size, Sha256 sha256) {
    public Patch {
        if (size < 0) {
            throw new IllegalArgumentException("size " + size + " of " + name);
        }
    }
}
