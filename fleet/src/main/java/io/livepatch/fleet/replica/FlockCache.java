package io.livepatch.fleet.replica;

import io.livepatch.fleet.flock.Flock;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import tools.jackson.databind.json.JsonMapper;

/** The flocks that orders are about, which never change: each is read once, and kept as long as its order. Thread-safe. */
final class FlockCache {
    private final FlockCodec format;
    private final Map<String, Flock> byOrder = new ConcurrentHashMap<>();

    FlockCache(FlockCodec format) {
        this.format = format;
    }

    /**
     * What it is about.
     *
     * @throws FlockCodec.Invalid when what was ordered is no flock here
     */
    Flock of(FlockCommand flockCommand) {
        return byOrder.computeIfAbsent(
                flockCommand.id(), any -> format.read(JsonMapper.shared().writeValueAsString(flockCommand.flock())));
    }

    /** Forgets those that were replaced. */
    void keep(Collection<FlockCommand> current) {
        Set<String> orders = current.stream().map(FlockCommand::id).collect(Collectors.toSet());
        byOrder.keySet().retainAll(orders);
    }
}
