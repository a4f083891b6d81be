package io.livepatch.supervisor.output;

import java.util.Arrays;

/**
 * Makes lines of the bytes of one stream, however they were cut into chunks. A line that is too long comes in pieces, and the
 * same pieces for any chunks. Not safe for threads.
 */
final class LineSplitter {

    /** Where lines go; the bytes are only lent, and the newline is not among them. */
    interface Sink {
        /** A line that begins like a JSON object; false if it is none and is to come again as text. */
        boolean object(byte[] bytes, int from, int to);

        void text(byte[] bytes, int from, int to, LinePart part);
    }

    private static final byte[] NOTHING = {};
    private static final int KEPT_BUFFER = 64 << 10;

    private final int maxText;
    private final int maxObject;
    private final Sink sink;

    private byte[] held = NOTHING;
    private int size;
    private long line;
    private int part;

    LineSplitter(OutputLimits limits, Sink sink) {
        this.maxText = limits.lineBytes();
        this.maxObject = limits.objectBytes();
        this.sink = sink;
    }

    void take(byte[] bytes, int length) {
        int from = 0;
        for (int i = 0; i < length; i++) {
            if (bytes[i] == '\n') {
                finish(bytes, from, i);
                from = i + 1;
            }
        }
        if (from < length) {
            hold(bytes, from, length);
            passFullPieces();
        }
    }

    /** Whether there is the beginning of a text that should not wait for its end for ever. */
    boolean holdsText() {
        return size > 0 && !maybeObject(held, 0, size);
    }

    /** Passes on the beginning of a text. That of an object waits on, for in pieces it would be worth nothing. */
    void passText() {
        int whole = Utf8.unfinished(held, 0, size);
        if (whole > 0 && holdsText()) {
            piece(held, 0, whole, false);
            release(whole);
        }
    }

    /** The stream is at its end. */
    void end() {
        if (size > 0 || part > 0) {
            finish(NOTHING, 0, 0);
        }
    }

    private void finish(byte[] bytes, int from, int to) {
        if (size == 0) {
            line(bytes, from, to);
        } else {
            hold(bytes, from, to);
            line(held, 0, size);
            release(size);
        }
    }

    private void line(byte[] bytes, int from, int to) {
        boolean taken = to - from <= maxObject && maybeObject(bytes, from, to) && sink.object(bytes, from, to);
        if (!taken) {
            int rest = pieces(bytes, from, to);
            boolean carriageReturn = to > rest && bytes[to - 1] == '\r';
            piece(bytes, rest, carriageReturn ? to - 1 : to, true);
        }
    }

    private void passFullPieces() {
        if (size > maxText && (size > maxObject || !maybeObject(held, 0, size))) {
            release(pieces(held, 0, size));
        }
    }

    /** Passes on as many full pieces as there are, and answers where the rest begins. */
    private int pieces(byte[] bytes, int from, int to) {
        int at = from;
        while (to - at > maxText) {
            int cut = Utf8.cut(bytes, at, at + maxText);
            piece(bytes, at, cut, false);
            at = cut;
        }
        return at;
    }

    private void piece(byte[] bytes, int from, int to, boolean last) {
        if (last && part == 0) {
            sink.text(bytes, from, to, LinePart.WHOLE);
            return;
        }
        if (part == 0) {
            line++;
        }
        part++;
        sink.text(bytes, from, to, new LinePart(line, part, last));
        if (last) {
            part = 0;
        }
    }

    private boolean maybeObject(byte[] bytes, int from, int to) {
        if (part > 0) {
            return false;
        }
        int last = Math.min(to, from + maxText);
        int i = from;
        while (i < last && (bytes[i] == ' ' || bytes[i] == '\t')) {
            i++;
        }
        return i < last && bytes[i] == '{';
    }

    private void hold(byte[] bytes, int from, int to) {
        int length = to - from;
        if (size + length > held.length) {
            held = Arrays.copyOf(held, Math.max(size + length, 2 * held.length));
        }
        System.arraycopy(bytes, from, held, size, length);
        size += length;
    }

    private void release(int length) {
        System.arraycopy(held, length, held, 0, size - length);
        size -= length;
        if (size == 0 && held.length > KEPT_BUFFER) {
            held = NOTHING;
        }
    }
}
