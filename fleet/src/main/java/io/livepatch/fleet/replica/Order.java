package io.livepatch.fleet.replica;

import java.time.Instant;
import java.util.Comparator;
import java.util.Map;

/**
 * What has been decided about a flock, by whichever replica was asked. All of them follow the latest.
 *
 * @param id of this start of the flock; one that replaces it under the same name has another
 * @param revision one more with each decision about the name
 * @param by the replica that decided
 * @param begin the common start, by the common clock
 * @param refreshes how often it was to be refreshed
 * @param flock as {@link FlockText} writes it
 */
record Order(
        String id,
        String name,
        long revision,
        int by,
        Instant begin,
        boolean stopped,
        long refreshes,
        Map<String, Object> flock) {

    /** Of two decisions made at the same time one holds for all, and a stop rather than anything else. */
    private static final Comparator<Order> LATER = Comparator.comparingLong(Order::revision)
            .thenComparing(Order::stopped)
            .thenComparing(Comparator.comparingInt(Order::by).reversed());

    Order stop(int replica) {
        return new Order(id, name, revision + 1, replica, begin, true, refreshes, flock);
    }

    Order refresh(int replica) {
        return new Order(id, name, revision + 1, replica, begin, stopped, refreshes + 1, flock);
    }

    static Order later(Order one, Order other) {
        return LATER.compare(one, other) >= 0 ? one : other;
    }
}
