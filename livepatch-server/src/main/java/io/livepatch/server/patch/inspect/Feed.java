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
 * The compressed bytes on their way to the decoder; each piece is kept for the store until it is taken. Pieces are read only when the
 * decoder needs them, so what waits here is less than a block of bzip2 and one piece.
 */
final class Feed extends PieceStream {
    private static final int PIECE = 64 << 10;
    /** Shorter pieces are put together: each costs some thirty bytes besides its content. */
    private static final int SHORTEST = 8 << 10;

    private static final int PEEKED = 4;

    private final InputStream source;
    private final byte[] buffer = new byte[PIECE];
    private final Queue<byte[]> waiting = new ArrayDeque<>();
    private int pending;
    private boolean ended;
    private @Nullable IOException failure;

    Feed(InputStream source) {
        this.source = source;
    }

    @Override
    boolean fill() throws IOException {
        return next < piece.length || fetch(new byte[0]);
    }

    /** The next bytes, at most four, which stay to be read. */
    byte[] peek() throws IOException {
        while (piece.length - next < PEEKED && fetch(Arrays.copyOfRange(piece, next, piece.length))) {
            // The source gives a few bytes at a time.
        }
        return Arrays.copyOfRange(piece, next, Math.min(piece.length, next + PEEKED));
    }

    /** Reads another piece; {@code unread} is put before it. */
    private boolean fetch(byte[] unread) throws IOException {
        if (ended) {
            return false;
        }
        if (pending > Limits.PENDING) {
            throw new RefusedContent("the bzip2 data holds a block that is longer than bzip2 makes them");
        }
        int count = readSource();
        if (count == 0) {
            ended = true;
            return false;
        }
        byte[] fresh = Arrays.copyOf(buffer, count);
        pending += count;
        waiting.add(fresh);
        piece = unread.length == 0 ? fresh : joined(unread, fresh);
        next = 0;
        return true;
    }

    /** Fills the buffer at least to the shortest piece; less only at the end of the source. */
    private int readSource() throws IOException {
        try {
            int count = 0;
            int read = 0;
            while (count < SHORTEST && read >= 0) {
                read = source.read(buffer, count, PIECE - count);
                count += Math.max(read, 0);
            }
            return count;
        } catch (IOException e) {
            failure = e;
            throw e;
        } catch (RuntimeException e) {
            // HTTP servers tell some failures of a request's stream so; it must not be taken for a failure of the
            // decoder.
            failure = new IOException("cannot read the upload", e);
            throw failure;
        }
    }

    private static byte[] joined(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    /** The next piece for the store, if one was read. */
    Optional<byte[]> take() {
        byte[] first = waiting.poll();
        if (first != null) {
            pending -= first.length;
        }
        return Optional.ofNullable(first);
    }

    /** Reads a piece for the store alone, past the decoder; answers whether there was one. */
    boolean pass() throws IOException {
        next = piece.length;
        return fetch(new byte[0]);
    }

    /** Why the source failed, as opposed to what was made of its bytes; empty if it did not. */
    Optional<IOException> failure() {
        return Optional.ofNullable(failure);
    }

    /** That the decoder wants more than there is. */
    boolean cutOff(IOException why) {
        return why instanceof EOFException || (ended && next == piece.length);
    }
}
