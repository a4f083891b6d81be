package io.livepatch.fleet.replica;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** All that happened, whomever it was told. Thread-safe. */
final class Annotations {
    private static final int MAX = 10_000;

    private final Map<UUID, Annotation> byId = new ConcurrentHashMap<>();

    void add(Annotation annotation) {
        if (byId.size() >= MAX) {
            throw new ReplicaException.Full("there are %d events already".formatted(MAX));
        }
        byId.put(annotation.id(), annotation);
    }

    void hear(Collection<Annotation> told) {
        told.forEach(annotation -> byId.put(annotation.id(), annotation));
    }

    List<Annotation> all() {
        return byId.values().stream()
                .sorted(Comparator.comparing(Annotation::at).thenComparing(Annotation::id))
                .toList();
    }
}
