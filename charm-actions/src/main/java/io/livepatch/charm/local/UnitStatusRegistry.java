package io.livepatch.charm.local;

import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.api.UnitStatus;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;

/** How each unit says it is. In memory only: after a start it is asked anew. Safe for use by any thread. */
final class UnitStatusRegistry {
    private final InstantSource clock;
    private final Map<UnitName, Entry> entries = new ConcurrentHashMap<>();
    private final List<BiConsumer<UnitName, UnitStatus>> listeners = new CopyOnWriteArrayList<>();

    /** What is known of one unit. */
    record Entry(UnitStatus status, Instant since, Optional<String> version, Set<Integer> ports) {}

    UnitStatusRegistry(InstantSource clock) {
        this.clock = clock;
    }

    Entry of(UnitName unit) {
        return entries.computeIfAbsent(
                unit,
                _ -> new Entry(UnitStatus.waiting("agent starting"), clock.instant(), Optional.empty(), Set.of()));
    }

    void status(UnitName unit, UnitStatus status) {
        Entry before = of(unit);
        if (!before.status().equals(status)) {
            entries.put(unit, new Entry(status, clock.instant(), before.version(), before.ports()));
            if (status.kind() != UnitStatus.Kind.MAINTENANCE) {
                // What is being done is in the log already, as a step.
                UnitLog.of(unit).info("{}", status);
            }
            listeners.forEach(listener -> listener.accept(unit, status));
        }
    }

    void version(UnitName unit, String version) {
        Entry before = of(unit);
        entries.put(unit, new Entry(before.status(), before.since(), Optional.of(version), before.ports()));
    }

    void ports(UnitName unit, Set<Integer> ports) {
        Entry before = of(unit);
        entries.put(unit, new Entry(before.status(), before.since(), before.version(), new TreeSet<>(ports)));
    }

    void forget(UnitName unit) {
        entries.remove(unit);
    }

    /** Tells {@code listener} of each change until the answer is closed. */
    Subscription listen(BiConsumer<UnitName, UnitStatus> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /** Ends what {@link #listen} began. */
    @FunctionalInterface
    interface Subscription extends AutoCloseable {
        @Override
        void close();
    }
}
