package io.livepatch.fleet.replica;

import io.livepatch.fleet.replica.RunView.LoadGap;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;
import java.util.stream.Collectors;

/** The outages of replicas while flocks ran, as this process and others observed them. Observed by one thread, read by many. */
final class AvailabilityLog {
    private final UUID observer;
    private final Map<Outage.Key, Outage> all = new ConcurrentHashMap<>();

    /** Observed by this process, and not ended; by replica. */
    private final Map<Integer, Outage> open = new HashMap<>();

    AvailabilityLog(UUID observer) {
        this.observer = observer;
    }

    /**
     * Records which replicas are missing, right after their share was divided among the others.
     *
     * @param lastSeen when a replica was last known to be present
     */
    void observe(Set<Integer> missing, IntFunction<Instant> lastSeen, Instant now) {
        open.values().stream()
                .filter(outage -> !missing.contains(outage.replica()))
                .map(outage -> outage.end(now))
                .forEach(this::record);
        open.keySet().retainAll(missing);
        for (int replica : missing) {
            if (!open.containsKey(replica)) {
                Outage outage = new Outage(observer, replica, lastSeen.apply(replica), now, Optional.empty());
                open.put(replica, outage);
                record(outage);
            }
        }
    }

    /** Records that this replica was held. Meanwhile it observed nothing: the others' outages are for the others to record. */
    void recordHold(int self, Instant from, Instant now) {
        observe(Set.of(), _ -> now, now);
        record(new Outage(observer, self, from, now, Optional.of(now)));
    }

    private void record(Outage outage) {
        all.put(outage.key(), outage);
    }

    void merge(Collection<Outage> others) {
        others.forEach(outage -> all.merge(outage.key(), outage, Outage::later));
    }

    List<Outage> all() {
        return List.copyOf(all.values());
    }

    /** A {@link LoadGap} as one process observed it. */
    record Outage(UUID observer, int replica, Instant from, Instant covered, Optional<Instant> to) {

        /** Identifies an outage. */
        record Key(UUID observer, int replica, Instant from) {}

        Key key() {
            return new Key(observer, replica, from);
        }

        Outage end(Instant at) {
            return new Outage(observer, replica, from, covered, Optional.of(at));
        }

        static Outage later(Outage one, Outage other) {
            return one.to.isPresent() ? one : other;
        }

        /** Joins the outages that several processes observed. A process that is gone cannot observe the end. */
        static List<LoadGap> join(List<Outage> all, Set<UUID> alive) {
            return all.stream()
                    .map(it -> it.to.isEmpty() && !alive.contains(it.observer) ? it.end(it.covered) : it)
                    .collect(Collectors.groupingBy(Outage::replica))
                    .values()
                    .stream()
                    .flatMap(ofOne -> joinOfOne(ofOne).stream())
                    .sorted(Comparator.comparing(LoadGap::from).thenComparingInt(LoadGap::replica))
                    .toList();
        }

        private static List<LoadGap> joinOfOne(List<Outage> all) {
            List<LoadGap> joined = new ArrayList<>();
            for (Outage next :
                    all.stream().sorted(Comparator.comparing(Outage::from)).toList()) {
                LoadGap gap = new LoadGap(next.replica, next.from, next.covered, next.to);
                if (!joined.isEmpty() && overlaps(joined.getLast(), next.from)) {
                    LoadGap last = joined.removeLast();
                    gap = new LoadGap(
                            last.replica(),
                            last.from(),
                            max(last.covered(), next.covered),
                            last.to().flatMap(to -> next.to.map(other -> max(to, other))));
                }
                joined.add(gap);
            }
            return joined;
        }

        private static boolean overlaps(LoadGap before, Instant from) {
            return before.to().map(to -> !to.isBefore(from)).orElse(true);
        }

        private static Instant max(Instant one, Instant other) {
            return one.isAfter(other) ? one : other;
        }
    }
}
