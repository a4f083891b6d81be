package io.livepatch.supervisor.output;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The last lines of all workers, and of those that went last: one is asked about most when it is gone. */
final class RecentLinesRegistry {

    private static final int REMEMBERED = 64;

    private final int maxBytes;
    private final Map<String, RecentLines> open = new HashMap<>();
    /** Eldest first. */
    private final Map<String, RecentLines> closed = new LinkedHashMap<>();

    RecentLinesRegistry(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** What is known of a worker that had this id before is continued. */
    synchronized RecentLines open(String workerId) {
        RecentLines earlier = closed.remove(workerId);
        return open.computeIfAbsent(workerId, _ -> earlier != null ? earlier : new RecentLines(maxBytes));
    }

    synchronized void close(String workerId) {
        RecentLines lines = open.remove(workerId);
        if (lines != null) {
            closed.put(workerId, lines);
            if (closed.size() > REMEMBERED) {
                closed.remove(closed.keySet().iterator().next());
            }
        }
    }

    synchronized List<Line> of(String workerId) {
        RecentLines lines = open.getOrDefault(workerId, closed.get(workerId));
        return lines == null ? List.of() : lines.lines();
    }
}
