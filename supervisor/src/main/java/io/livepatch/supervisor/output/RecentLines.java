package io.livepatch.supervisor.output;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** The last lines of one worker, over the ends of its processes. Safe for threads; nothing is done under its lock but this. */
final class RecentLines {

    /** What a line takes beside its text, so that empty ones are not free. */
    private static final int OVERHEAD = 64;

    private final int maxBytes;
    private final Deque<Line> lines = new ArrayDeque<>();
    private int bytes;
    private int process = 1;
    private boolean processEnded;

    RecentLines(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    synchronized void add(Instant at, Line.Stream stream, String text) {
        if (processEnded) {
            process++;
            processEnded = false;
        }
        Line line = new Line(at, stream, process, shortened(text));
        lines.addLast(line);
        bytes += size(line);
        while (bytes > maxBytes) {
            bytes -= size(lines.removeFirst());
        }
    }

    /** One huge line shall not push out all others: of such a one, the beginning is kept. */
    private String shortened(String text) {
        int max = maxBytes / 4;
        return text.length() <= max ? text : text.substring(0, max) + "…";
    }

    private static int size(Line line) {
        return OVERHEAD + line.text().length();
    }

    /** What is added from now on comes from another process. */
    synchronized void processEnded() {
        processEnded = bytes > 0;
    }

    synchronized List<Line> lines() {
        return List.copyOf(lines);
    }
}
