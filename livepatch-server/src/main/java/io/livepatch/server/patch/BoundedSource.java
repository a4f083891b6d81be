package io.livepatch.server.patch;

import io.livepatch.server.problem.ProblemException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Ends a stream that is longer than it may be, while it streams: a sender need not say its length, nor tell the truth. */
final class BoundedSource extends FilterInputStream {
    private final long most;
    private long read;

    BoundedSource(InputStream source, long most) {
        super(source);
        this.most = most;
    }

    static ProblemException tooLarge(long most) {
        return new ProblemException.TooLarge("the patch is longer than server.max-patch-size, " + most + " bytes");
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
        if (read > most) {
            ProblemException problem = tooLarge(most);
            throw new IOException(problem.getMessage(), problem);
        }
    }
}
