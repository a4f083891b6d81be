package io.livepatch.supervisor;

import java.time.Duration;

/**
 * How a pool replaces workers for a limit, their health, a changed spec or an operator's request. All go through one queue.
 *
 * @param maxUnavailable how many are replaced at once
 * @param readyWithin how long the queue waits for a new process to be ready; after that a replacement beside the old worker is
 *     stopped and retried later, and one in place no longer holds up the queue
 */
public record ReplacementPolicy(Order order, int maxUnavailable, Duration readyWithin) {

    public static final Duration DEFAULT_READY_WITHIN = Duration.ofMinutes(5);

    /** One at a time, without loss of capacity. */
    public static final ReplacementPolicy DEFAULT = new ReplacementPolicy(Order.START_FIRST, 1);

    /** One at a time, for processes of which no two may run at once. */
    public static final ReplacementPolicy IN_PLACE = new ReplacementPolicy(Order.STOP_FIRST, 1);

    private static final int MAX_AT_ONCE = 100;

    public enum Order {
        /** The replacement has its own number and must be ready before the old worker drains. */
        START_FIRST,
        /** The old process ends, then a new one starts under the same number. */
        STOP_FIRST
    }

    public ReplacementPolicy(Order order, int maxUnavailable) {
        this(order, maxUnavailable, DEFAULT_READY_WITHIN);
    }

    public ReplacementPolicy {
        Preconditions.positive(readyWithin, "time to get ready");
        Preconditions.that(
                maxUnavailable >= 1 && maxUnavailable <= MAX_AT_ONCE,
                "number of workers replaced at once",
                maxUnavailable,
                "from 1 to " + MAX_AT_ONCE);
    }

    /** How many workers beyond the replicas run during replacements. */
    public int surge() {
        return order == Order.START_FIRST ? maxUnavailable : 0;
    }
}
