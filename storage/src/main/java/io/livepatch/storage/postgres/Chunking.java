package io.livepatch.storage.postgres;

/**
 * How patches are divided.
 *
 * @param size of a chunk of a patch that is stored now, in bytes; one that is stored keeps the size it was stored with
 * @param ahead how many bytes a reader fetches at once, and so holds in memory, if a chunk is not larger
 */
record Chunking(int size, int ahead) {
    /** Measured: docs/performance.md. */
    static final Chunking DEFAULT = new Chunking(256 * 1024, 1024 * 1024);
}
