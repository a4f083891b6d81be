package io.livepatch.supervisor.output;

import java.time.Instant;

/** Remembers lines that are written somewhere else as they come. */
final class PlainLines implements LineSink {

    private final RecentLines recent;
    private final Tally tally;
    private Instant now = Instant.EPOCH;

    PlainLines(RecentLines recent, Tally tally) {
        this.recent = recent;
        this.tally = tally;
    }

    @Override
    public void at(Instant time) {
        now = time;
    }

    @Override
    public boolean object(byte[] bytes, int from, int to) {
        return false;
    }

    @Override
    public void text(byte[] bytes, int from, int to, Part part) {
        String text = Utf8.decode(bytes, from, to);
        tally.line(part, Utf8.replaced(text, bytes, from, to));
        recent.add(now, Line.Stream.MERGED, text);
    }

    @Override
    public void flush() {}
}
