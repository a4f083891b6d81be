package io.livepatch.storage.disk;

import io.livepatch.storage.BulkInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Objects;

/** A stream over a range of a file, with its own position, so that several streams may share a channel. */
final class FileRange extends BulkInputStream {
    // The JDK caches a direct buffer for each thread, as large as its largest read.
    private static final int LARGEST_READ = 128 * 1024;

    private final FileChannel channel;
    private final Path path;
    private final long end;
    private long position;

    FileRange(FileChannel channel, Path path, long offset, long length) {
        this.channel = channel;
        this.path = path;
        this.position = offset;
        this.end = offset + length;
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
        int wanted = (int) Math.min(Math.min(length, LARGEST_READ), end - position);
        int read = channel.read(ByteBuffer.wrap(target, offset, wanted), position);
        if (read < 0) {
            throw new EOFException("'" + path + "' was cut short: it ends before byte " + position);
        }
        position += read;
        return read;
    }

    @Override
    public long skip(long count) {
        long skipped = Math.clamp(count, 0, end - position);
        position += skipped;
        return skipped;
    }

    @Override
    public int available() {
        return (int) Math.min(Integer.MAX_VALUE, end - position);
    }
}
