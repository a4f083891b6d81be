package io.livepatch.fleet.load;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;

/** The last notable things that happened to any monkey of a flock. Bounded; thread-safe. */
final class Journal {
    static final int LINES = 10_000;
    private static final int LENGTH = 500;

    private final ArrayDeque<Line> lines = new ArrayDeque<>();

    private record Line(Instant at, int monkey, String text) {}

    synchronized void add(Instant at, int monkey, String text) {
        if (lines.size() == LINES) {
            lines.remove();
        }
        lines.add(new Line(at, monkey, text.length() > LENGTH ? text.substring(0, LENGTH) + "…" : text));
    }

    /** Oldest first. */
    synchronized List<String> of(int monkey) {
        return lines.stream()
                .filter(line -> line.monkey == monkey)
                .map(line -> line.at + " " + line.text)
                .toList();
    }
}
