package io.livepatch.supervisor.output;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;

/** Hands whole lines to an outlet, so that they stay whole among those of others. */
final class AsyncLineStream extends OutputStream {

    /** Who writes this much without a newline does not write lines. */
    private static final int MAX_LINE = 1 << 20;

    private final AsyncLineWriter asyncLineWriter;
    private final ByteArrayOutputStream held = new ByteArrayOutputStream();
    private int lines;

    AsyncLineStream(AsyncLineWriter asyncLineWriter) {
        this.asyncLineWriter = asyncLineWriter;
    }

    @Override
    public void write(int octet) {
        write(new byte[] {(byte) octet}, 0, 1);
    }

    @Override
    public synchronized void write(byte[] bytes, int from, int length) {
        int rest = from;
        for (int i = from; i < from + length; i++) {
            if (bytes[i] == '\n') {
                held.write(bytes, rest, i + 1 - rest);
                rest = i + 1;
                lines++;
            }
        }
        if (lines > 0) {
            pass();
        }
        held.write(bytes, rest, from + length - rest);
        if (held.size() > MAX_LINE) {
            held.write('\n');
            lines = 1;
            pass();
        }
    }

    private void pass() {
        asyncLineWriter.offer(held.toByteArray(), lines);
        held.reset();
        lines = 0;
    }
}
