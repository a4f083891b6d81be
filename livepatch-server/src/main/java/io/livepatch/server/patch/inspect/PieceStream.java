package io.livepatch.server.patch.inspect;

import java.io.IOException;
import java.io.InputStream;

/** A stream of bytes that come in pieces. */
abstract class PieceStream extends InputStream {
    byte[] piece = {};

    /** Index in {@link #piece} of the next byte to give out. */
    int next;

    /** Makes sure that there is a byte to give out; answers false at the end. */
    abstract boolean fill() throws IOException;

    @Override
    public int read() throws IOException {
        return fill() ? piece[next++] & 0xff : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!fill()) {
            return -1;
        }
        int count = Math.min(length, piece.length - next);
        System.arraycopy(piece, next, target, offset, count);
        next += count;
        return count;
    }
}
