package io.livepatch.storage;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.concurrent.CountDownLatch;

/** A stream that returns the first part of its bytes, and blocks until {@link #release} before it returns the rest. */
public final class HeldSource extends InputStream {
    private final byte[] bytes;
    private final int held;
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);
    private int position;

    public HeldSource(byte[] bytes, int held) {
        this.bytes = bytes.clone();
        this.held = held;
    }

    /** Waits until the reader has read the first part and blocks for the rest. */
    public void awaitReached() throws InterruptedException {
        reached.await();
    }

    /** Unblocks the reader. */
    public void release() {
        released.countDown();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (position == held) {
            reached.countDown();
            try {
                released.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while held");
            }
        }
        if (position == bytes.length) {
            return -1;
        }
        int end = position < held ? held : bytes.length;
        int count = Math.min(length, end - position);
        System.arraycopy(bytes, position, target, offset, count);
        position += count;
        return count;
    }
}
