package io.livepatch.fleet.replica;

import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;

/** Keeps account of who was not there while flocks ran, and hears what others saw. Observed by one thread, read by many. */
final class AvailabilityLog {
    private final UUID observer;
    private final Map<Outage.Key, Outage> all = new ConcurrentHashMap<>();

    /** Those that we see now. */
    private final Map<Integer, Outage> open = new HashMap<>();

    AvailabilityLog(UUID observer) {
        this.observer = observer;
    }

    /**
     * Their share has just been divided.
     *
     * @param lastSign when one of them was last known to be there
     */
    void observe(Set<Integer> missing, IntFunction<Instant> lastSign, Instant now) {
        open.values().stream()
                .filter(outage -> !missing.contains(outage.replica()))
                .map(outage -> outage.end(now))
                .forEach(this::note);
        open.keySet().retainAll(missing);
        for (int replica : missing) {
            if (!open.containsKey(replica)) {
                Outage outage = new Outage(observer, replica, lastSign.apply(replica), now, Optional.empty());
                open.put(replica, outage);
                note(outage);
            }
        }
    }

    /** We did nothing ourselves, for want of knowing who was there; whom else we missed is for others to say. */
    void wasHeld(int self, Instant from, Instant now) {
        observe(Set.of(), replica -> now, now);
        note(new Outage(observer, self, from, now, Optional.of(now)));
    }

    private void note(Outage outage) {
        all.put(outage.key(), outage);
    }

    void hear(Collection<Outage> told) {
        told.forEach(outage -> all.merge(outage.key(), outage, Outage::later));
    }

    List<Outage> all() {
        return List.copyOf(all.values());
    }
}
