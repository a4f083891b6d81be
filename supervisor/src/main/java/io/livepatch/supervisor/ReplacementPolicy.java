package io.livepatch.supervisor;

import java.time.Duration;

/**
 * How workers are replaced in a planned way: for a limit, for their health, for a changed spec, or because somebody asked.
 * All of it goes through one queue.
 *
 * @param maxUnavailable how many are replaced at once
 * @param readyWithin how long the queue waits for one; then a replacement is taken away again and another is tried later, and
 *     one in the place of the old is a worker that does not work, like any other
 */
public record ReplacementPolicy(Order order, int maxUnavailable, Duration readyWithin) {

    public static final Duration DEFAULT_READY_WITHIN = Duration.ofMinutes(5);

    /** One at a time, without a dip. */
    public static final ReplacementPolicy DEFAULT = new ReplacementPolicy(Order.START_FIRST, 1);

    /** One at a time, for processes of which no two may run at once. */
    public static final ReplacementPolicy IN_PLACE = new ReplacementPolicy(Order.STOP_FIRST, 1);

    private static final int MOST = 100;

    /** Which of the two comes first. */
    public enum Order {
        /** The replacement is started and must be ready before the old worker drains; it has a number of its own. */
        START_FIRST,
        /** The old worker ends, then a new process starts in its place. */
        STOP_FIRST
    }

    public ReplacementPolicy(Order order, int maxUnavailable) {
        this(order, maxUnavailable, DEFAULT_READY_WITHIN);
    }

    public ReplacementPolicy {
        Preconditions.positive(readyWithin, "time to get ready");
        Preconditions.that(
                maxUnavailable >= 1 && maxUnavailable <= MOST,
                "number of workers replaced at once",
                maxUnavailable,
                "from 1 to " + MOST);
    }

    /** How many numbers beyond the replicas such replacements need. */
    public int surge() {
        return order == Order.START_FIRST ? maxUnavailable : 0;
    }
}
