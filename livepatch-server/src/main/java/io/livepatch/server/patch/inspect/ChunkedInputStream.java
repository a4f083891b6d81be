package io.livepatch.server.patch.inspect;

import java.io.IOException;
import java.io.InputStream;

/** A stream of bytes that arrive in chunks. */
abstract class ChunkedInputStream extends InputStream {
    byte[] chunk = {};

    /** Index in {@link #chunk} of the next byte to return. */
    int next;

    /** Ensures that a byte is available; false at the end. */
    abstract boolean fill() throws IOException;

    @Override
    public int read() throws IOException {
        return fill() ? chunk[next++] & 0xff : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!fill()) {
            return -1;
        }
        int count = Math.min(length, chunk.length - next);
        System.arraycopy(chunk, next, target, offset, count);
        next += count;
        return count;
    }
}
