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
final class Attendance {
    private final UUID observer;
    private final Map<Absence.Key, Absence> all = new ConcurrentHashMap<>();

    /** Those that we see now. */
    private final Map<Integer, Absence> open = new HashMap<>();

    Attendance(UUID observer) {
        this.observer = observer;
    }

    /**
     * Their share has just been divided.
     *
     * @param lastSign when one of them was last known to be there
     */
    void observe(Set<Integer> missing, IntFunction<Instant> lastSign, Instant now) {
        open.values().stream()
                .filter(absence -> !missing.contains(absence.replica()))
                .map(absence -> absence.end(now))
                .forEach(this::note);
        open.keySet().retainAll(missing);
        for (int replica : missing) {
            if (!open.containsKey(replica)) {
                Absence absence = new Absence(observer, replica, lastSign.apply(replica), now, Optional.empty());
                open.put(replica, absence);
                note(absence);
            }
        }
    }

    /** We did nothing ourselves, for want of knowing who was there; whom else we missed is for others to say. */
    void wasHeld(int self, Instant from, Instant now) {
        observe(Set.of(), replica -> now, now);
        note(new Absence(observer, self, from, now, Optional.of(now)));
    }

    private void note(Absence absence) {
        all.put(absence.key(), absence);
    }

    void hear(Collection<Absence> told) {
        told.forEach(absence -> all.merge(absence.key(), absence, Absence::later));
    }

    List<Absence> all() {
        return List.copyOf(all.values());
    }
}
