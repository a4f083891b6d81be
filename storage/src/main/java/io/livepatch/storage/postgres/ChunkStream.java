package io.livepatch.storage.postgres;

import io.livepatch.storage.BulkInputStream;
import io.livepatch.storage.StoreException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;

/** A stream over a range of a stored patch. Buffers a few chunks, and uses a connection only while it fetches more. */
final class ChunkStream extends BulkInputStream {
    private final ChunkReader chunks;
    private final StoredPatch stored;
    private final long end;
    private final Deque<byte[]> fetched = new ArrayDeque<>();
    private int firstFetched;
    private long position;

    ChunkStream(ChunkReader chunks, StoredPatch stored, long offset, long length) {
        this.chunks = chunks;
        this.stored = stored;
        this.position = offset;
        this.end = offset + length;
    }

    /** Fetches the first chunks, so that an unreadable patch fails here and not after some bytes have been read. */
    ChunkStream prefetch() {
        if (position < end) {
            chunk(stored.chunkOf(position));
        }
        return this;
    }

    private byte[] chunk(int number) {
        while (!fetched.isEmpty() && firstFetched < number) {
            fetched.remove();
            firstFetched++;
        }
        if (fetched.isEmpty()) {
            fetched.addAll(chunks.read(stored, number, stored.chunkOf(end - 1)));
            firstFetched = number;
        }
        return fetched.element();
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.length);
        if (length == 0) {
            return 0;
        }
        if (position == end) {
            return -1;
        }
        int number = stored.chunkOf(position);
        byte[] chunk = chunkForRead(number);
        int from = (int) (position - (long) number * stored.chunkSize());
        int count = (int) Math.min(Math.min(length, chunk.length - from), end - position);
        System.arraycopy(chunk, from, target, offset, count);
        position += count;
        return count;
    }

    private byte[] chunkForRead(int number) throws IOException {
        try {
            return chunk(number);
        } catch (StoreException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    @Override
    public long skip(long count) {
        long skipped = Math.clamp(count, 0, end - position);
        position += skipped;
        return skipped;
    }

    @Override
    public void close() {
        fetched.clear();
    }
}
