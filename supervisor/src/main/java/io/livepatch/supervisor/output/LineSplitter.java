package io.livepatch.supervisor.output;

import java.time.Instant;
import java.util.Arrays;

/**
 * Splits the bytes of one stream into lines, independently of the chunks in which they are read. A line that is too long is passed on
 * in parts. Not thread-safe.
 */
final class LineSplitter {

    /** Takes lines. The bytes are valid during the call only, and do not contain the newline. */
    interface Sink {

        /** Sets the time at which the following lines were read. */
        default void readAt(Instant time) {}

        /** Takes a line that begins like a JSON object; false if it is none, then it comes again as text. */
        boolean object(byte[] bytes, int from, int to);

        void text(byte[] bytes, int from, int to, Part part);

        /** Called at the end of each chunk. */
        default void flush() {}
    }

    /**
     * Which part of a line.
     *
     * @param line equal for all parts of one line; counted per stream
     * @param number from 1 on; 0 for a line that is whole
     */
    record Part(long line, int number, boolean last) {

        static final Part WHOLE = new Part(0, 0, true);

        boolean whole() {
            return number == 0;
        }
    }

    private static final byte[] EMPTY = {};
    private static final int KEPT_BUFFER = 64 << 10;

    private final int maxText;
    private final int maxObject;
    private final Sink sink;

    private byte[] buffer = EMPTY;
    private int size;
    private long line;
    private int parts;

    LineSplitter(OutputLimits limits, Sink sink) {
        this.maxText = limits.lineBytes();
        this.maxObject = limits.objectBytes();
        this.sink = sink;
    }

    void split(byte[] bytes, int length) {
        int from = 0;
        for (int i = 0; i < length; i++) {
            if (bytes[i] == '\n') {
                endLine(bytes, from, i);
                from = i + 1;
            }
        }
        if (from < length) {
            append(bytes, from, length);
            passFullParts();
        }
    }

    /** Whether the beginning of a text line waits for its end. */
    boolean hasUnfinishedText() {
        return size > 0 && !maybeObject(buffer, 0, size);
    }

    /** Passes on the beginning of a text line. The beginning of an object waits on: its parts could not be parsed. */
    void passUnfinishedText() {
        int whole = Utf8.unfinished(buffer, 0, size);
        if (whole > 0 && hasUnfinishedText()) {
            part(buffer, 0, whole, false);
            remove(whole);
        }
    }

    /** Ends the last line at the end of the stream. Idempotent. */
    void end() {
        if (size > 0 || parts > 0) {
            endLine(EMPTY, 0, 0);
        }
    }

    private void endLine(byte[] bytes, int from, int to) {
        if (size == 0) {
            line(bytes, from, to);
        } else {
            append(bytes, from, to);
            line(buffer, 0, size);
            remove(size);
        }
    }

    private void line(byte[] bytes, int from, int to) {
        boolean taken = to - from <= maxObject && maybeObject(bytes, from, to) && sink.object(bytes, from, to);
        if (!taken) {
            int rest = fullParts(bytes, from, to);
            boolean carriageReturn = to > rest && bytes[to - 1] == '\r';
            part(bytes, rest, carriageReturn ? to - 1 : to, true);
        }
    }

    private void passFullParts() {
        if (size > maxText && (size > maxObject || !maybeObject(buffer, 0, size))) {
            remove(fullParts(buffer, 0, size));
        }
    }

    /** Passes on all parts of full length; returns where the rest begins. */
    private int fullParts(byte[] bytes, int from, int to) {
        int at = from;
        while (to - at > maxText) {
            int cut = Utf8.cut(bytes, at, at + maxText);
            part(bytes, at, cut, false);
            at = cut;
        }
        return at;
    }

    private void part(byte[] bytes, int from, int to, boolean last) {
        if (last && parts == 0) {
            sink.text(bytes, from, to, Part.WHOLE);
            return;
        }
        if (parts == 0) {
            line++;
        }
        parts++;
        sink.text(bytes, from, to, new Part(line, parts, last));
        if (last) {
            parts = 0;
        }
    }

    private boolean maybeObject(byte[] bytes, int from, int to) {
        if (parts > 0) {
            return false;
        }
        int last = Math.min(to, from + maxText);
        int i = from;
        while (i < last && (bytes[i] == ' ' || bytes[i] == '\t')) {
            i++;
        }
        return i < last && bytes[i] == '{';
    }

    private void append(byte[] bytes, int from, int to) {
        int length = to - from;
        if (size + length > buffer.length) {
            buffer = Arrays.copyOf(buffer, Math.max(size + length, 2 * buffer.length));
        }
        System.arraycopy(bytes, from, buffer, size, length);
        size += length;
    }

    private void remove(int length) {
        System.arraycopy(buffer, length, buffer, 0, size - length);
        size -= length;
        if (size == 0 && buffer.length > KEPT_BUFFER) {
            buffer = EMPTY;
        }
    }
}
