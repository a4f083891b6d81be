package io.livepatch.storage;

import java.io.InputStream;
import java.nio.file.Path;

/**
 * The bytes of one stored patch, opened for reading. Streams may be read until it is closed. If the patch is deleted meanwhile, a local
 * file stays readable; reading from a remote store may fail with {@link StoreException.NotFound}, but never returns other bytes.
 */
public sealed interface PatchContent extends AutoCloseable permits PatchContent.LocalFile, PatchContent.Ranged {

    /** Name, size and digest of the patch. */
    Patch patch();

    /**
     * A stream over part of the patch. The caller closes it.
     *
     * @param offset first byte, from 0 to {@code patch().size()}
     * @param length how many bytes, so that {@code offset + length <= patch().size()}
     * @throws IndexOutOfBoundsException if the range exceeds the patch
     * @throws StoreException.Unavailable if the store cannot be reached; a stream that breaks later throws {@code IOException}
     * @throws StoreException.NotFound if the patch was deleted since, and the store does not keep it for open content
     */
    InputStream read(long offset, long length);

    @Override
    void close();

    /** Content in a local file. It is faster to serve, since an HTTP server can map the file into memory. */
    non-sealed interface LocalFile extends PatchContent {
        /**
         * A regular file with exactly the bytes of the patch. The path never leads to other bytes, but the file is unlinked when the
         * patch is deleted or evicted from a cache, even while content is open; {@link #read} still works then.
         */
        Path path();

        /**
         * Device and inode of the open file, as {@link java.nio.file.attribute.BasicFileAttributes#fileKey}. No other file has this key
         * until the content is closed. If the file at {@link #path} has another key, this file was replaced.
         */
        Object fileKey();
    }

    /** Content of a remote store; each read fetches a range. */
    non-sealed interface Ranged extends PatchContent {}
}
