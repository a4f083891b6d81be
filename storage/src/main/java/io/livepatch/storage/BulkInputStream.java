package io.livepatch.storage;

import java.io.IOException;
import java.io.InputStream;

/** A base of streams that implement only reads of many bytes; a read of one byte works, but is slow. */
public abstract class BulkInputStream extends InputStream {
    @Override
    public final int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public abstract int read(byte[] target, int offset, int length) throws IOException;
}
