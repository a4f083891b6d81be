package io.livepatch.storage;

import java.io.InputStream;
import java.nio.file.Path;

/**
 * The bytes of one stored patch, opened for reading. Hold it while you read and close it after. When the patch is deleted
 * meanwhile, a local file stays readable, whole and unchanged; content that comes over a network may end with
 * {@link StoreException.NotFound}, but never has other bytes.
 */
public sealed interface PatchContent extends AutoCloseable permits PatchContent.LocalFile, PatchContent.Ranged {

    /** What was stored. */
    Patch patch();

    /**
     * A stream over part of the patch. The caller closes it.
     *
     * @param offset first byte, from 0 to {@code patch().size()}
     * @param length how many bytes, so that {@code offset + length <= patch().size()}
     * @throws IndexOutOfBoundsException if the range leaves the patch
     * @throws StoreException.Unavailable if the store cannot be reached; a stream that breaks later throws {@code IOException}
     * @throws StoreException.NotFound if the patch was deleted since, and this store did not keep it for its readers
     */
    InputStream read(long offset, long length);

    @Override
    void close();

    /** Content that lies in a local file: the fast path, since an HTTP server can map or cache it. */
    non-sealed interface LocalFile extends PatchContent {
        /**
         * A regular file with exactly the bytes of the patch. No other bytes ever appear under this path, but it is
         * unlinked when the patch is deleted, or leaves a cache, open content or not: if no file is
         * found by this path, {@link #read} still works.
         */
        Path path();

        /**
         * Device and inode of the open file, as {@link java.nio.file.attribute.BasicFileAttributes#fileKey}. No other file has this key
         * until the content is closed: if the file at {@link #path} has another one, it has taken the place of this file.
         */
        Object fileKey();
    }

    /** Content that comes over a network, a range at a time. */
    non-sealed interface Ranged extends PatchContent {}
}
