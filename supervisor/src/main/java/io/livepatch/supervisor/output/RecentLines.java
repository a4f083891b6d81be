package io.livepatch.supervisor.output;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The last lines of one worker, across restarts of its process. Thread-safe. */
final class RecentLines {

    /** Approximate memory of a line beside its text, so that empty lines are bounded too. */
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

    /** Only the beginning of a very long line is kept, so that it does not displace all others. */
    private String shortened(String text) {
        int max = maxBytes / 4;
        return text.length() <= max ? text : text.substring(0, max) + "…";
    }

    private static int size(Line line) {
        return OVERHEAD + line.text().length();
    }

    /** The next line comes from the worker's next process. */
    synchronized void processEnded() {
        processEnded = bytes > 0;
    }

    synchronized List<Line> lines() {
        return List.copyOf(lines);
    }

    /** The last lines of all workers that exist, and of the 64 that were removed last. Thread-safe. */
    static final class Registry {

        private static final int MAX_CLOSED = 64;

        private final int maxBytes;
        private final Map<String, RecentLines> open = new HashMap<>();
        /** Oldest first. */
        private final Map<String, RecentLines> closed = new LinkedHashMap<>();

        Registry(int maxBytes) {
            this.maxBytes = maxBytes;
        }

        /** The lines of a new worker, which begin with those of an earlier worker of this id. */
        synchronized RecentLines open(String workerId) {
            RecentLines earlier = closed.remove(workerId);
            return open.computeIfAbsent(workerId, _ -> earlier != null ? earlier : new RecentLines(maxBytes));
        }

        synchronized void close(String workerId) {
            RecentLines lines = open.remove(workerId);
            if (lines != null) {
                closed.put(workerId, lines);
                if (closed.size() > MAX_CLOSED) {
                    closed.remove(closed.keySet().iterator().next());
                }
            }
        }

        synchronized List<Line> lines(String workerId) {
            RecentLines lines = open.getOrDefault(workerId, closed.get(workerId));
            return lines == null ? List.of() : lines.lines();
        }
    }
}
