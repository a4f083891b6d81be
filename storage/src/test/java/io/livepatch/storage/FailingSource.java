package io.livepatch.storage;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;

/** A stream that returns its bytes and then fails instead of ending. */
public final class FailingSource extends FilterInputStream {
    /** The message of its exception. */
    public static final String REASON = "connection reset";

    public FailingSource(byte[] bytes) {
        super(new ByteArrayInputStream(bytes));
    }

    @Override
    public int read() throws IOException {
        return unlessEnded(super.read());
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        return unlessEnded(super.read(target, offset, length));
    }

    private static int unlessEnded(int read) throws IOException {
        if (read < 0) {
            throw new IOException(REASON);
        }
        return read;
    }
}
