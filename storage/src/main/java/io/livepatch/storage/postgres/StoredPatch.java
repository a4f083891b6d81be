package io.livepatch.storage.postgres;

import io.livepatch.storage.Patch;

/**
 * The row of a patch.
 *
 * @param id of the row
 * @param chunkSize of all its chunks but the last
 */
record StoredPatch(long id, Patch patch, int chunkSize) {

    /** In which chunk a byte lies. */
    int chunkOf(long position) {
        return Math.toIntExact(position / chunkSize);
    }

    /** How long a chunk is. */
    int lengthOf(int chunk) {
        return (int) Math.min(chunkSize, patch.size() - (long) chunk * chunkSize);
    }

    /** How many chunks there are. */
    int chunks() {
        return Math.toIntExact((patch.size() + chunkSize - 1) / chunkSize);
    }
}
