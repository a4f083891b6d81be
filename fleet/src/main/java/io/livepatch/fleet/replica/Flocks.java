package io.livepatch.fleet.replica;

import io.livepatch.fleet.flock.Flock;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import tools.jackson.databind.json.JsonMapper;

/** The flocks that orders are about, which never change: each is read once, and kept as long as its order. Thread-safe. */
final class Flocks {
    private final FlockText format;
    private final Map<String, Flock> byOrder = new ConcurrentHashMap<>();

    Flocks(FlockText format) {
        this.format = format;
    }

    /**
     * What it is about.
     *
     * @throws FlockText.Invalid when what was ordered is no flock here
     */
    Flock of(Order order) {
        return byOrder.computeIfAbsent(
                order.id(), any -> format.read(JsonMapper.shared().writeValueAsString(order.flock())));
    }

    /** Forgets those that were replaced. */
    void keep(Collection<Order> current) {
        Set<String> orders = current.stream().map(Order::id).collect(Collectors.toSet());
        byOrder.keySet().retainAll(orders);
    }
}
