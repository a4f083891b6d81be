package io.livepatch.storage;

/**
 * A stored patch: its name, size and digest.
 *
 * @param size in bytes
 */
public record Patch(PatchName name, long size, Sha256 sha256) {
    public Patch {
        if (size < 0) {
            throw new IllegalArgumentException("size " + size + " of " + name + " is negative");
        }
    }
}
