package io.livepatch.server.patch.inspect;

import io.livepatch.server.patch.inspect.Inspection.RefusedContent;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Optional;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Passes the compressed bytes to the decoder, and keeps each chunk until the store takes it. Chunks are read only when the decoder needs
 * them, so less than a block of bzip2 and one chunk are kept.
 */
final class UploadTee extends ChunkedInputStream {
    private static final int CHUNK = 64 << 10;
    /** Shorter chunks are joined: each costs some thirty bytes of overhead. */
    private static final int MIN_READ = 8 << 10;

    private static final int PEEKED = 4;

    private final InputStream source;
    private final byte[] buffer = new byte[CHUNK];
    private final Queue<byte[]> unsaved = new ArrayDeque<>();
    private int pending;
    private boolean ended;
    private @Nullable IOException failure;

    UploadTee(InputStream source) {
        this.source = source;
    }

    @Override
    boolean fill() throws IOException {
        return next < chunk.length || readChunk(new byte[0]);
    }

    /** The next bytes, at most four, without consuming them. */
    byte[] peek() throws IOException {
        while (chunk.length - next < PEEKED && readChunk(Arrays.copyOfRange(chunk, next, chunk.length))) {
            // The source may return a few bytes at a time.
        }
        return Arrays.copyOfRange(chunk, next, Math.min(chunk.length, next + PEEKED));
    }

    /** Reads another chunk and puts {@code unread} before it. */
    private boolean readChunk(byte[] unread) throws IOException {
        if (ended) {
            return false;
        }
        if (pending > InspectionLimits.PENDING) {
            throw new RefusedContent("the bzip2 data holds a block that is longer than bzip2 makes them");
        }
        int count = readSource();
        if (count == 0) {
            ended = true;
            return false;
        }
        byte[] fresh = Arrays.copyOf(buffer, count);
        pending += count;
        unsaved.add(fresh);
        chunk = unread.length == 0 ? fresh : joined(unread, fresh);
        next = 0;
        return true;
    }

    /** Reads at least the shortest chunk, except at the end of the source. */
    private int readSource() throws IOException {
        try {
            int count = 0;
            int read = 0;
            while (count < MIN_READ && read >= 0) {
                read = source.read(buffer, count, CHUNK - count);
                count += Math.max(read, 0);
            }
            return count;
        } catch (IOException e) {
            failure = e;
            throw e;
        } catch (RuntimeException e) {
            // HTTP servers throw unchecked exceptions for some failures of a request's stream; they are no failures of
            // the decoder.
            failure = new IOException("cannot read the upload", e);
            throw failure;
        }
    }

    private static byte[] joined(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    /** The next chunk for the store. */
    Optional<byte[]> poll() {
        byte[] first = unsaved.poll();
        if (first != null) {
            pending -= first.length;
        }
        return Optional.ofNullable(first);
    }

    /** Reads a chunk for the store, past the decoder; false at the end. */
    boolean bypassDecoder() throws IOException {
        next = chunk.length;
        return readChunk(new byte[0]);
    }

    /** The failure of the source, as opposed to one of the decoder. */
    Optional<IOException> failure() {
        return Optional.ofNullable(failure);
    }

    /** Whether the decoder failed because the data ends early. */
    boolean isTruncated(IOException why) {
        return why instanceof EOFException || (ended && next == chunk.length);
    }
}
