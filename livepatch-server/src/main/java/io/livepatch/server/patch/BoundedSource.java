package io.livepatch.server.patch;

import io.livepatch.server.problem.ProblemException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Fails while reading a stream beyond the maximum length: a client may send no length, or a wrong one. */
final class BoundedSource extends FilterInputStream {
    private final long max;
    private long read;

    BoundedSource(InputStream source, long max) {
        super(source);
        this.max = max;
    }

    static ProblemException tooLarge(long max) {
        return new ProblemException.TooLarge("the patch is longer than server.max-patch-size, " + max + " bytes");
    }

    @Override
    public int read() throws IOException {
        int octet = super.read();
        count(octet < 0 ? 0 : 1);
        return octet;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        int count = super.read(target, offset, length);
        count(Math.max(count, 0));
        return count;
    }

    @Override
    public long skip(long n) throws IOException {
        long skipped = super.skip(n);
        count(skipped);
        return skipped;
    }

    @Override
    public boolean markSupported() {
        return false;
    }

    private void count(long more) throws IOException {
        read += more;
        if (read > max) {
            ProblemException problem = tooLarge(max);
            throw new IOException(problem.getMessage(), problem);
        }
    }
}
