package io.livepatch.fleet.replica;

import io.livepatch.fleet.replica.GossipProtocol.GossipMessage;
import io.livepatch.fleet.replica.RunView.Annotation;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** The replicated state of a run. Merging is commutative and idempotent: messages may be late, lost or repeated. */
record SharedState(FlockCommands commands, Shares shares, Annotations annotations, AvailabilityLog outages) {

    void merge(GossipMessage message) {
        // Commands before shares: see Shares.retain.
        commands.merge(message.commands());
        shares.merge(message.incarnation(), message.shares());
        annotations.merge(message.annotations());
        outages.merge(message.outages());
    }

    /** The annotations of all replicas. Thread-safe. */
    static final class Annotations {
        private static final int MAX = 10_000;

        private final Map<UUID, Annotation> byId = new ConcurrentHashMap<>();

        void add(Annotation annotation) {
            if (byId.size() >= MAX) {
                throw new ReplicaException.Full("there are %d events already".formatted(MAX));
            }
            byId.put(annotation.id(), annotation);
        }

        void merge(Collection<Annotation> others) {
            others.forEach(annotation -> byId.put(annotation.id(), annotation));
        }

        List<Annotation> all() {
            return byId.values().stream()
                    .sorted(Comparator.comparing(Annotation::at).thenComparing(Annotation::id))
                    .toList();
        }
    }
}
