package io.livepatch.fleet.replica;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** All that happened, whomever it was told. Thread-safe. */
final class Marks {
    private static final int MAX = 10_000;

    private final Map<UUID, Mark> byId = new ConcurrentHashMap<>();

    void add(Mark mark) {
        if (byId.size() >= MAX) {
            throw new ReplicaException.Full("there are %d events already".formatted(MAX));
        }
        byId.put(mark.id(), mark);
    }

    void hear(Collection<Mark> told) {
        told.forEach(mark -> byId.put(mark.id(), mark));
    }

    List<Mark> all() {
        return byId.values().stream()
                .sorted(Comparator.comparing(Mark::at).thenComparing(Mark::id))
                .toList();
    }
}
