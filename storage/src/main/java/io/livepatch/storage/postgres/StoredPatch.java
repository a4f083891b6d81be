package io.livepatch.storage.postgres;

import io.livepatch.storage.Patch;

/**
 * A row of the table of patches.
 *
 * @param chunkSize of all chunks but the last, in bytes
 */
record StoredPatch(long id, Patch patch, int chunkSize) {

    /** The number of the chunk that contains the byte at this position. */
    int chunkOf(long position) {
        return Math.toIntExact(position / chunkSize);
    }

    /** The length of a chunk, in bytes. */
    int lengthOf(int chunk) {
        return (int) Math.min(chunkSize, patch.size() - (long) chunk * chunkSize);
    }

    /** The number of chunks. */
    int chunks() {
        return Math.toIntExact((patch.size() + chunkSize - 1) / chunkSize);
    }
}
